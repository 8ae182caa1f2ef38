import { serviceOfUrl } from "../../connection/check-variable";
import { probeVariable } from "../../connection/probe-variable";
import { type ServiceName, serviceOfVariable, services } from "../../connection/services";
import { type ParsedVariable, parseServiceUrl as parse, parseVariable } from "../../connection/variable-rules";
import { errorLines, LeashError } from "../../errors";
import { isInteractive, say, withProgress } from "../../terminal";
import { reportError } from "../report-error";

const probeTimeoutMs = 10_000;
/** What is stored whether it answers or not is not waited for as long. */
const shortTimeoutMs = 5_000;

/**
 * The values as they are to be stored; what is worth knowing about them is told.
 * @throws LeashError with exit code 2 where one of them can't work under its name
 */
export function checkVariables(given: ReadonlyMap<string, string>): Map<string, string> {
  const refused: [name: string, error: LeashError][] = [];
  const checked = [...given].flatMap(([name, value]): [string, ParsedVariable][] => {
    try {
      const wayOut = "--skip-check stores it all the same.";
      return [[name, refusing(value, wayOut, () => parseVariable(name, value))]];
    } catch (error) {
      if (!(error instanceof LeashError)) throw error;
      refused.push([name, error]);
      return [];
    }
  });
  assertNoneRefused(refused);
  const isOne = checked.length === 1;
  for (const [name, { title, advice }] of checked) {
    for (const sentence of [...(title ? [title] : []), ...advice])
      say(isOne ? `  ${sentence}` : `  ${name}: ${sentence}`);
  }
  return new Map(checked.map(([name, { value }]) => [name, value]));
}

function assertNoneRefused(refused: readonly [name: string, error: LeashError][]): void {
  const [first, second] = refused;
  if (!first) return;
  if (!second) throw first[1];
  throw new LeashError("url/invalid", `${refused.length} variables can't work with these values.`, {
    details: refused.map(([name, { message, details }]) => [`${name}: ${message}`, ...details].join(" ")),
    hint: "None was stored. --skip-check stores them all the same.",
    exitCode: 2,
  });
}

function refusing(value: string, wayOut: string, parse: () => ParsedVariable): ParsedVariable {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof LeashError) || !error.code.startsWith("url/")) throw error;
    const { code, message, hint = "", details, exitCode } = error;
    const found = serviceOfUrl(value);
    const elsewhere =
      code === "url/wrong-service" && found ? `\`leash env set ${services[found].variable}\` stores it there.` : "";
    const words = [hint, elsewhere, wayOut].filter((sentence) => sentence !== "").join(" ");
    throw new LeashError(code, message, { hint: words, details, exitCode });
  }
}

/** Tries to connect to what was stored under the services' own variables. A failure is told and is no more than that. */
export async function tryVariables(values: ReadonlyMap<string, string>): Promise<void> {
  const tried = [...values].filter(([name, value]) => serviceOfVariable(name) && isTried(value));
  await withProgress(async (progress) => {
    if (tried.length > 0) progress("Trying to connect");
    await Promise.all(tried.map(([name, value]) => tryVariable(name, value, tried.length > 1)));
  });
}

/** Other databases' URLs, which the app may mean, are beyond this program's clients. */
const isTried = (value: string) => serviceOfUrl(value) !== undefined;

async function tryVariable(name: string, value: string, isNamed: boolean): Promise<void> {
  const prefix = isNamed ? `  ${name}: ` : "  ";
  try {
    const { says } = await probeVariable(value, { timeoutMs: shortTimeoutMs });
    say(`${prefix}Connected: ${says}`);
  } catch (error) {
    if (!(error instanceof LeashError)) throw error;
    const [, ...rest] = errorLines(error);
    say(`${prefix}No connection from here: ${error.message}`);
    for (const line of rest) say(line);
    say("  It is stored all the same; --skip-check does not try.");
  }
}

export interface PastedUrlOptions {
  ask: () => Promise<string>;
  /** On a terminal a bad URL is told and asked for again. */
  repeats: boolean;
  skipCheck: boolean | undefined;
}

/** The URL of a user's own database: asked for, checked, tried. */
export async function readPastedUrl(
  service: ServiceName,
  { ask, repeats, skipCheck }: PastedUrlOptions,
): Promise<string> {
  for (;;) {
    const text = await ask();
    try {
      return await checkUrl(service, text, skipCheck);
    } catch (error) {
      const canAskAgain = isInteractive() && repeats && text.trim() !== "";
      if (!canAskAgain) throw error;
      reportError(error);
    }
  }
}

async function checkUrl(service: ServiceName, text: string, skipCheck: boolean | undefined): Promise<string> {
  const { value, title, advice } = parseServiceUrl(service, text);
  if (title) say(`  ${title}`);
  for (const sentence of advice) say(`  ${sentence}`);
  if (skipCheck) return value;
  const { says } = await withProgress((progress) => {
    progress("Trying to connect");
    return probeVariable(value, { timeoutMs: probeTimeoutMs });
  });
  say(`  Connected: ${says}`);
  return value;
}

/** @throws LeashError with exit code 2 */
export function parseServiceUrl(service: ServiceName, text: string): ParsedVariable {
  const { variable } = services[service];
  const wayOut = `\`leash env set ${variable} --skip-check\` stores anything.`;
  return refusing(text, wayOut, () => parse(service, text));
}

export function warnOfCommandLine(flag: string): void {
  say(`  A URL on the command line can be read by other users of this machine; ${flag} - reads standard input.`);
}
