import { LeashError } from "../errors";
import { checkVariable, normalizeVariable, readServiceUrl, type VariableCheck } from "./check-variable";
import { type ServiceName, services } from "./services";
import { faultsError } from "./url-faults";

/**
 * Names that every shell and program takes.
 * @throws LeashError `env/invalid-name` that names all the others
 */
export function assertVariableNames(names: readonly string[]): void {
  const faults = names.filter((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name === "__proto__");
  if (faults.length === 0) return;
  throw new LeashError("env/invalid-name", "These are not names of environment variables.", {
    details: faults.map((name) => JSON.stringify(name.slice(0, 60))),
    hint: "A name has letters, digits and underscores, and does not begin with a digit.",
    exitCode: 2,
  });
}

// Linux hands a program no longer string than this, name and equals sign included.
const longestVariableBytes = 131_071;

/** @throws LeashError `env/invalid-value`, `env/too-large` */
export function assertFitsEnvironment(name: string, value: string): void {
  if (value.includes("\0")) {
    throw new LeashError("env/invalid-value", `The value of ${name} holds a NUL byte.`, {
      hint: "No environment variable can hold one.",
      exitCode: 2,
    });
  }
  const bytes = Buffer.byteLength(`${name}=${value}`);
  if (bytes <= longestVariableBytes) return;
  throw new LeashError("env/too-large", `The value of ${name} has ${bytes - name.length - 1} bytes.`, {
    hint: `No program could be started with it: ${longestVariableBytes} bytes is the most that Linux passes on. Put it into a file.`,
    exitCode: 2,
  });
}

/** A checked value of a variable, as it is to be stored. */
export interface ParsedVariable extends Pick<VariableCheck, "service" | "title" | "advice"> {
  value: string;
}

/**
 * The value to store under a variable's name.
 * @throws LeashError with exit code 2: what `assertFitsEnvironment` throws, and the faults of `checkVariable`, one alone under its
 * own code, several as `url/invalid`
 */
export function parseVariable(name: string, value: string): ParsedVariable {
  assertFitsEnvironment(name, value);
  const { service, title, faults, advice } = checkVariable(name, value);
  if (faults.length > 0) throw faultsError(service ?? "postgresql", faults);
  return { service, title, advice, value: normalizeVariable(name, value) };
}

/**
 * The URL of one service, where no other's will do.
 * @throws LeashError as `parseVariable`
 */
export function parseServiceUrl(service: ServiceName, text: string): ParsedVariable {
  assertFitsEnvironment(services[service].variable, text);
  const { url, title, faults, advice } = readServiceUrl(service, text);
  if (faults.length > 0) throw faultsError(service, faults);
  return { service, title, advice, value: url };
}
