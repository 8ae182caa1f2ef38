import { parseArgs } from "node:util";
import { assertBackupId } from "../backup/find";
import { errorMessage, LeashError } from "../errors";
import type { Ground } from "./backup-ground";

/** What stands behind a command's name. */
export interface Words {
  /** The first word that is no option. */
  word: string | undefined;
  json: boolean;
  yes: boolean;
  acceptFaults: boolean;
  to: string | undefined;
  table: string | undefined;
}

export interface Call extends Words {
  signal: AbortSignal;
}

const options = {
  json: { type: "boolean", shown: "--json" },
  to: { type: "string", shown: "--to APP_ID" },
  table: { type: "string", shown: "--table TABLE" },
  "accept-faults": { type: "boolean", shown: "--accept-faults" },
  yes: { type: "boolean", shown: "--yes" },
} as const;

export type OptionName = keyof typeof options;

export interface Command {
  /** What it takes, as usage names it. */
  takes?: "APP_ID" | "[APP_ID]" | "BACKUP_ID";
  options?: readonly OptionName[];
  /** Options that it can't do without. */
  needs?: readonly OptionName[];
  does: string;
  /** Returns the exit code. */
  run(ground: Ground, call: Call): Promise<number>;
}

export type Commands = Readonly<Record<string, Command>>;

/** `restore BACKUP_ID [--to APP_ID] …` */
function usageOfOne(name: string, { takes, options: own = [], needs = [] }: Command): string {
  const shown = own.map((one) => (needs.includes(one) ? options[one].shown : `[${options[one].shown}]`));
  return [name, ...(takes ? [takes] : []), ...shown].join(" ");
}

export function usageOf(commands: Commands): string {
  const lines = Object.entries(commands).flatMap(([name, command]) => [
    `  ${usageOfOne(name, command)}`,
    `      ${command.does}`,
  ]);
  return ["Usage: leash-backups COMMAND", ...lines].join("\n");
}

/**
 * The command that is asked for; undefined where it is help.
 * @throws LeashError `usage/bad-command`, `backup/bad-id`, `backup/bad-app`
 */
export function parseWords(commands: Commands, words: readonly string[]): (Words & { command: Command }) | undefined {
  const { values, positionals } = parse(words);
  if (values.help) return undefined;
  const [name = "", word, ...more] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw badCommand(name === "" ? "A command is missing." : `There is no command ${quote(name)}.`);
  const wrong = (says: string) => badCommand(says, `Usage: leash-backups ${usageOfOne(name, command)}`);
  const { takes, options: own = [], needs = [] } = command;
  if (takes && !takes.startsWith("[") && word === undefined) throw wrong(`\`${name}\` takes ${takes}.`);
  if (more.length > 0 || (word !== undefined && !takes)) throw wrong(`\`${name}\` takes ${takes ?? "nothing"}.`);
  for (const option of Object.keys(options) as OptionName[]) {
    if (values[option] !== undefined && !own.includes(option)) throw wrong(`\`${name}\` has no option --${option}.`);
    if (values[option] === undefined && needs.includes(option))
      throw wrong(`\`${name}\` takes ${options[option].shown}.`);
  }
  if (word !== undefined && takes === "BACKUP_ID") assertBackupId(word);
  if (word !== undefined && takes?.includes("APP_ID")) assertAppId(word);
  if (values.to !== undefined) assertAppId(values.to);
  const { json = false, yes = false, "accept-faults": acceptFaults = false, to, table } = values;
  return { command, word, json, yes, acceptFaults, to, table };
}

function badCommand(says: string, hint = "`leash-backups --help` shows what there is."): LeashError {
  return new LeashError("usage/bad-command", says, { hint, exitCode: 2 });
}

function parse(words: readonly string[]) {
  try {
    const known = { ...options, help: { type: "boolean", short: "h" } } as const;
    return parseArgs({ args: [...words], options: known, allowPositionals: true });
  } catch (error) {
    throw badCommand(errorMessage(error));
  }
}

function assertAppId(word: string): void {
  if (/^app_[a-z0-9]+$/.test(word)) return;
  throw new LeashError("backup/bad-app", `${quote(word)} is no app's id.`, {
    hint: "It is the name of the app's database, such as app_7k2m9qd4tx: `leash backups list`.",
    exitCode: 2,
  });
}

const quote = (word: string) => JSON.stringify(word.slice(0, 60));
