import path from "node:path";
import { redactValue } from "../../connection/redact";
import { assertFitsEnvironment, assertVariableNames } from "../../connection/variable-rules";
import { detectApp } from "../../detect/detect";
import { openApp } from "../../detect/workspace";
import { LeashError } from "../../errors";
import { resolveAppDirectory } from "../../platform/app-directory";
import { appEnvironment } from "../../platform/app-environment";
import { ensureApp, requireApp } from "../../platform/app-selection";
import type { App } from "../../platform/app-store";
import {
  unsetVariable as removeVariable,
  setVariables as storeVariables,
  variableNotSet,
} from "../../platform/app-variables";
import { resolveHome } from "../../platform/home";
import { readServerRecord } from "../../platform/server-record";
import { ask, isInteractive, print, printJson, readStandardInput, say } from "../../terminal";
import { checkVariables, tryVariables } from "./variable-words";

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
  if (!Object.hasOwn(variables, name)) throw variableNotSet(name);
  print(variables[name]!);
}

export async function setVariables(
  assignments: string[],
  { skipCheck, ...options }: AppOptions & { skipCheck?: boolean },
): Promise<void> {
  const given = await readAssignments(assignments);
  const values = skipCheck ? given : checkVariables(given);
  for (const [name, value] of values) assertFitsEnvironment(name, value);
  const home = resolveHome();
  const directory = resolveAppDirectory(".");
  const app = await ensureApp(home, { directory, name: options.app }, suggestName(directory));
  const { says } = await storeVariables(home, app, values);
  say(`✓ ${[...values.keys()].join(", ")} set for ${app.name}.`);
  for (const sentence of says) say(`  ${sentence} \`leash env unset DATABASE_URL\` goes back.`);
  if (!skipCheck) await tryVariables(values);
}

export async function unsetVariable(name: string, options: AppOptions): Promise<void> {
  const home = resolveHome();
  const app = selectApp(options);
  const { says } = await removeVariable(home, app, name);
  say(`✓ ${name} unset for ${app.name}.`);
  for (const sentence of says) say(`  ${sentence} \`leash deploy --choice create\` injects it again.`);
}

async function readAssignments(assignments: string[]): Promise<Map<string, string>> {
  const named = assignments.map((assignment) => {
    const at = assignment.indexOf("=");
    return at < 0 ? { name: assignment } : { name: assignment.slice(0, at), value: assignment.slice(at + 1) };
  });
  assertVariableNames(named.map(({ name }) => name));
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
  return values;
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
