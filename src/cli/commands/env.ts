import path from "node:path";
import { redactValue } from "../../connection/redact";
import { serviceOfScheme, services } from "../../connection/services";
import { detectApp } from "../../detect/detect";
import { openApp } from "../../detect/workspace";
import { LeashError } from "../../errors";
import { resolveAppDirectory } from "../../platform/app-directory";
import { appEnvironment, databaseVariable, hasLeashUrl } from "../../platform/app-environment";
import { ensureApp, requireApp } from "../../platform/app-selection";
import type { App } from "../../platform/app-store";
import { resolveHome } from "../../platform/home";
import { updateApp } from "../../platform/provision";
import { readServerRecord } from "../../platform/server-record";
import { ask, isInteractive, print, printJson, readStandardInput, say } from "../terminal";

interface AppOptions {
  app?: string;
}

export function listVariables({ reveal, json, ...options }: AppOptions & { reveal?: boolean; json?: boolean }): void {
  const { variables } = environmentOf(options);
  const shown = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, reveal ? value : redactValue(name, value)]),
  );
  if (json) printJson(shown);
  else for (const [name, value] of Object.entries(shown)) print(`${name}=${value}`);
}

export function getVariable(name: string, options: AppOptions): void {
  const { variables } = environmentOf(options);
  if (!Object.hasOwn(variables, name)) throw notSet(name);
  print(variables[name]!);
}

export async function setVariables(assignments: string[], options: AppOptions): Promise<void> {
  const values = await readAssignments(assignments);
  const home = resolveHome();
  const directory = resolveAppDirectory(".");
  const app = await ensureApp(home, { directory, name: options.app }, suggestName(directory));
  await updateApp(home, app, (current) => ({
    ...current,
    environment: { ...current.environment, ...Object.fromEntries(values) },
  }));
  say(`✓ ${[...values.keys()].join(", ")} set for ${app.name}.`);
  if (values.has(databaseVariable) && hasLeashUrl(app)) {
    say("  It takes the place of the app's Leash database, which is kept; `leash env unset DATABASE_URL` goes back.");
  }
}

export async function unsetVariable(name: string, options: AppOptions): Promise<void> {
  const home = resolveHome();
  const app = selectApp(options);
  const { injected } = appEnvironment(app, readServerRecord(home));
  if (!Object.hasOwn(app.environment, name) && !injected.has(name)) throw notSet(name);
  if (injected.has(name) && name !== databaseVariable) {
    throw new LeashError("env/injected", `${name} comes with the app's Leash database.`, {
      hint: "It goes when DATABASE_URL is unset or set to your own database.",
      exitCode: 2,
    });
  }
  await updateApp(home, app, (current) => withoutVariable(current, name));
  say(`✓ ${name} unset for ${app.name}.`);
  if (injected.has(name)) say("  The database is kept; `leash deploy --choice create` injects it again.");
}

function withoutVariable(app: App, name: string): App {
  if (Object.hasOwn(app.environment, name)) {
    const { [name]: _removed, ...environment } = app.environment;
    return { ...app, environment };
  }
  if (app.stack) return { ...app, stack: { ...app.stack, injected: false } };
  return app.database ? { ...app, database: { ...app.database, injected: false } } : app;
}

async function readAssignments(assignments: string[]): Promise<Map<string, string>> {
  const named = assignments.map((assignment) => {
    const at = assignment.indexOf("=");
    return at < 0 ? { name: assignment } : { name: assignment.slice(0, at), value: assignment.slice(at + 1) };
  });
  const faults = named.filter(({ name }) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name === "__proto__");
  if (faults.length > 0) {
    throw new LeashError("env/invalid-name", "These are not names of environment variables.", {
      details: faults.map(({ name }) => JSON.stringify(name.slice(0, 60))),
      hint: "A name has letters, digits and underscores, and does not begin with a digit.",
      exitCode: 2,
    });
  }
  const unvalued = named.filter(({ value }) => value === undefined);
  if (unvalued.length > 1 && !isInteractive()) {
    throw new LeashError("env/one-value", "Standard input holds one value, and several names are without one.", {
      details: unvalued.map(({ name }) => name),
      hint: "Set them one by one.",
      exitCode: 2,
    });
  }
  if (unvalued.length < named.length) {
    say(
      "  Values on the command line can be read by other users of this machine; `leash env set NAME` reads standard input.",
    );
  }
  const values = new Map<string, string>();
  for (const { name, value } of named) values.set(name, value ?? (await readValue(name)));
  for (const [name, value] of values) {
    assertFitsEnvironment(name, value);
    assertRightService(name, value);
  }
  return values;
}

// Linux hands a program no longer string than this, name and equals sign included.
const longestVariableBytes = 131_071;

function assertFitsEnvironment(name: string, value: string): void {
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

/** A URL of one service under another one's variable is a slip of the hand. */
function assertRightService(name: string, value: string): void {
  const service = serviceOfScheme(/^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase() ?? "");
  const other = Object.values(services).find(({ variable }) => variable === name);
  if (service === undefined || other === undefined || services[service].variable === name) return;
  const { title, variable } = services[service];
  throw new LeashError("url/wrong-service", `That is a ${title} URL, and ${name} is for ${other.title}.`, {
    hint: `Set it with \`leash env set ${variable}\`.`,
    exitCode: 2,
  });
}

async function readValue(name: string): Promise<string> {
  if (!isInteractive()) return readStandardInput();
  const answer = await ask({ text: `${name}: `, output: process.stderr, secret: true });
  if (answer !== undefined) return answer;
  throw new LeashError("env/no-value", `No value was given for ${name}.`, {
    hint: "Type it, or pipe it in.",
    exitCode: 2,
  });
}

function environmentOf(options: AppOptions) {
  return appEnvironment(selectApp(options), readServerRecord(resolveHome()));
}

function selectApp({ app }: AppOptions): App {
  return requireApp(resolveHome(), { directory: resolveAppDirectory("."), name: app });
}

/** Variables may be set before the first deploy, so the app may be unknown yet. */
function suggestName(directory: string): string {
  try {
    return detectApp(openApp(directory), path.basename(directory)).name;
  } catch {
    return path.basename(directory) || "app";
  }
}

function notSet(name: string): LeashError {
  return new LeashError("env/not-set", `${name} is not set for this app.`, {
    hint: "`leash env list` shows what is.",
  });
}
