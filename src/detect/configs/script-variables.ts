import { type Token, tokensOf } from "../documents/script";
import type { ReadVariable, VariablePart } from "../types";
import { expressionAt, isSign, literalAt, type Script, type Setting } from "./script-settings";

/** What of a connection stands under a setting's name. */
const parts: ReadonlyMap<string, VariablePart> = new Map([
  ...["url", "uri", "connectionString", "connection", "clientUrl", "use_env_variable"].map((name) => [name, "url"]),
  ...["host", "hostname", "server"].map((name) => [name, "host"]),
  ["port", "port"],
  ...["user", "username"].map((name) => [name, "user"]),
  ...["password", "pass"].map((name) => [name, "password"]),
  ...["database", "dbName", "name"].map((name) => [name, "database"]),
] as [string, VariablePart][]);

/** `DB_HOST`: whatever is asked for it, it is a variable's name. */
const shouted = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/;
const upper = /^[A-Z][A-Z0-9_]*$/;
const identifier = /^[A-Za-z_]\w*$/;
/** Objects that hold `env` as their own: what is read from it is a variable in any letters. */
const runtimes = new Set(["process", "Bun", "Deno", "meta"]);
/** It chooses between values and is none. */
const choosers = new Set(["NODE_ENV", "APP_ENV", "CI"]);
/** A URL has five parts. */
const mostPieces = 10;

/** The variables that these settings read a connection from, each once. */
export function variablesOf(script: Script, settings: readonly Setting[]): ReadVariable[] {
  const beside = new Set(settings.filter(({ name }) => parts.get(name) === "host").map(({ object }) => object));
  const found = new Map<string, ReadVariable>();
  const known = new Map<string, readonly ReadVariable[]>();
  for (const setting of settings) {
    const part = parts.get(setting.name);
    // A connection's name is its database's only beside a host.
    if (part === undefined || (setting.name === "name" && !beside.has(setting.object))) continue;
    for (const variable of variablesAt(script, setting, part, known)) found.set(variable.name, variable);
  }
  return [...found.values()];
}

/** The variables in the value of the first setting of that name. */
export function variablesAfter(script: Script, name: string): ReadVariable[] {
  const setting = script.settings.find((candidate) => candidate.name === name);
  return setting === undefined ? [] : variablesOf(script, [setting]);
}

type Known = Map<string, readonly ReadVariable[]>;

function variablesAt(script: Script, { name, start }: Setting, part: VariablePart, known: Known): ReadVariable[] {
  if (name !== "use_env_variable") return variablesIn(script, expressionAt(script.tokens, start), part, known);
  const literal = literalAt(script, start);
  return literal?.kind === "string" && identifier.test(literal.text) ? [{ name: literal.text, part }] : [];
}

/** `env("NAME")`, `process.env.NAME ?? …`, a template of them, a constant that is one of those. */
function variablesIn(script: Script, expression: readonly Token[], part: VariablePart, known: Known): ReadVariable[] {
  const found: ReadVariable[] = [];
  let objects = 0;
  for (const [index, token] of expression.entries()) {
    if (isSign(token, "{")) objects++;
    if (isSign(token, "}")) objects--;
    // What stands in an object has a setting of its own.
    if (objects > 0 || token.kind === "sign") continue;
    if (token.kind === "string" && token.text.includes("${")) {
      found.push(...variablesOfTemplate(script, token.text, part, known));
      continue;
    }
    const name = variableAt(expression, index);
    if (name !== undefined && !choosers.has(name)) found.push({ name, part });
    if (token.kind === "word" && !isSign(expression[index - 1], ".")) {
      found.push(...variablesOfName(script, token.text, part, known));
    }
  }
  return found;
}

/** The variable that the access beginning at this token names. */
function variableAt(expression: readonly Token[], index: number): string | undefined {
  const token = expression[index]!;
  if (token.kind === "string") return shouted.test(token.text) ? token.text : undefined;
  const isEnv = token.text === "env";
  if (!isEnv && !/env|config|settings/i.test(token.text)) return undefined;
  const [access, name, call, argument] = expression
    .slice(index + 1, index + 8)
    .filter(({ text }) => text !== "?" && text !== "!");
  if (access === undefined || name === undefined) return undefined;
  if (access.text === "(" || access.text === "[") return isEnv && name.kind === "string" ? name.text : undefined;
  if (access.text !== "." || name.kind !== "word") return undefined;
  // Deno.env.get("NAME")
  if (isEnv && isSign(call, "(")) return argument?.kind === "string" ? argument.text : undefined;
  const ofRuntime = isEnv && isSign(expression[index - 1], ".") && runtimes.has(expression[index - 2]?.text ?? "");
  if (ofRuntime) return name.text;
  return (isEnv ? upper : shouted).test(name.text) ? name.text : undefined;
}

/** The variables behind a local name; they are asked for once, so that names of each other end somewhere. */
function variablesOfName(script: Script, name: string, part: VariablePart, known: Known): ReadVariable[] {
  const unpacked = script.unpacked.get(name);
  if (unpacked !== undefined) return [{ name: unpacked, part }];
  const constant = script.constants.get(name);
  if (constant === undefined) return [];
  let variables = known.get(name);
  if (variables === undefined) {
    known.set(name, []);
    variables = variablesIn(script, expressionAt(script.tokens, constant), "url", known);
    known.set(name, variables);
  }
  // A template knows the parts of its URL better than the name that it stands under.
  return variables.map((variable) => (variable.part === "url" ? { ...variable, part } : variable));
}

/** The holes of `postgres://${user}:${password}@${host}:${port}/${database}`, each by its place. */
function variablesOfTemplate(script: Script, text: string, part: VariablePart, known: Known): ReadVariable[] {
  const [start = "", ...pieces] = text.split("${", mostPieces);
  const hasUser = text.includes("@");
  let before = start;
  return pieces.flatMap((piece) => {
    const end = piece.indexOf("}");
    const hole = [...tokensOf(piece.slice(0, Math.max(0, end)))];
    const found = variablesIn(script, hole, partAfter(before, hasUser) ?? part, known);
    before += `-${piece.slice(end + 1)}`;
    return found;
  });
}

/** What comes next in a URL that begins so; undefined outside of a URL. */
function partAfter(before: string, hasUser: boolean): VariablePart | undefined {
  const scheme = before.indexOf("://");
  if (scheme === -1) return undefined;
  const rest = before.slice(scheme + 3);
  if (rest.includes("/")) return rest.includes("?") ? undefined : "database";
  const at = rest.lastIndexOf("@");
  if (hasUser && at === -1) return rest.includes(":") ? "password" : "user";
  return rest.slice(at + 1).includes(":") ? "port" : "host";
}
