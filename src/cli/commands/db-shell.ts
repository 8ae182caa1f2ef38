import { spawnSync } from "node:child_process";
import readline from "node:readline";
import { withoutClientVariables } from "../../connection/client-variables";
import { buildPgEnvironment, type Credentials, loginRole } from "../../connection/credentials";
import { openSession, type Session } from "../../connection/open";
import { errorMessage, LeashError } from "../../errors";
import { readUsage, type Usage } from "../../limits/usage";
import { databaseCredentials, directCredentials } from "../../platform/app-environment";
import type { App } from "../../platform/app-store";
import { resolveHome } from "../../platform/home";
import { startPlatform } from "../../platform/platform";
import { administratorServer } from "../../platform/server";
import { outlivingSignals } from "../../signals";
import { isEnded, withOneOff } from "../../tenancy/one-off";
import { maintenanceDatabase, withSession } from "../../tenancy/session";
import { isInteractive, print, say, withProgress } from "../../terminal";
import { runCommand } from "../run-command";
import { selectApp } from "./db";

interface ShellOptions {
  app?: string;
  cleanup?: boolean;
}

/** Opens a SQL shell as the app's own role, or as one that may make room in it; returns its exit code. */
export async function shell(options: ShellOptions): Promise<number> {
  const app = selectApp(options);
  if (app.stack?.state === "ready") {
    if (options.cleanup) throw noCleanup(app);
    return stackShell(app.stack.environment);
  }
  databaseCredentials(app, { socketDirectory: "" }); // no server is started for an app that has no database
  const record = await withProgress((progress) => startPlatform(resolveHome(), progress));
  if (!options.cleanup) return openShell(directCredentials(app, record));

  const server = administratorServer(record);
  const plan = app.database!.plan;
  const usage = await withSession(server, maintenanceDatabase, (session) => readUsage(session, app.id, plan));
  return outlivingSignals((interruption) =>
    withOneOff(server, app.id, "cleanup", async (login) => {
      sayUsage(app, usage);
      const code = await openShell(databaseCredentials(app, record, login), interruption);
      if (await isEnded(server, login)) say("  The session was ended: the database grew, or its hour was over.");
      return code;
    }),
  );
}

function noCleanup({ name, stack }: App): LeashError {
  return new LeashError("db/not-here", `The database of ${name} is that of its Pulumi stack ${stack!.name}.`, {
    hint: "Delete rows as the app: `leash db shell`.",
    exitCode: 2,
  });
}

const megabytes = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MB`;

function sayUsage({ name }: App, { storage: { bytes, limitBytes, state } }: Usage): void {
  const closed = state === "restricted" || state === "suspended";
  say(`  ${name} uses ${megabytes(bytes)} of ${megabytes(limitBytes)}; it is ${closed ? state : "not restricted"}.`);
  say("  This session owns its tables: DELETE, TRUNCATE, DROP. When the database grows, the session is ended.");
}

/** A shell with this login: psql, else a plain loop. */
async function openShell(credentials: Credentials, interruption?: AbortSignal): Promise<number> {
  if (hasPsql()) return runPsql(buildPgEnvironment(credentials), interruption);
  say("  psql is not installed: a plain shell. End a statement with ; and leave with Ctrl-D.");
  const { id, password, socketDirectory, port } = credentials;
  const session = await openSession({ socketDirectory, port, user: loginRole(credentials), password, database: id });
  try {
    return await runPlainShell(session, interruption);
  } finally {
    await session.end();
  }
}

async function stackShell(environment: Record<string, string>): Promise<number> {
  if (hasPsql()) return runPsql(environment);
  throw new LeashError("db/no-psql", "psql is not installed, and the database is not on this machine's server.", {
    hint: "Install PostgreSQL's client, or run your own with `leash run -- …`.",
  });
}

function hasPsql(): boolean {
  return spawnSync("psql", ["--version"], { stdio: "ignore" }).status === 0;
}

async function runPsql(environment: Record<string, string>, interruption?: AbortSignal): Promise<number> {
  say("  Using psql.");
  // A script ends at its first error here too.
  const args = isInteractive() ? [] : ["--set=ON_ERROR_STOP=1"];
  const env = { ...withoutClientVariables(process.env), ...environment };
  const code = await runCommand("psql", args, { env, interruption });
  // Its 2 is a lost connection and its 3 an error in a script; ours have other meanings.
  return code > 0 && code < 128 ? 1 : code;
}

/** Reads statements to their semicolon. With a pipe, the first error ends it with 1, as psql's ON_ERROR_STOP does. */
async function runPlainShell(session: Session, interruption?: AbortSignal): Promise<number> {
  const interactive = isInteractive();
  const lines = readline.createInterface({ input: process.stdin, output: process.stderr, terminal: interactive });
  const prompt = (text: string) => {
    if (!interactive) return;
    lines.setPrompt(text);
    lines.prompt();
  };
  let lost = false;
  session.once("end", () => {
    lost = true;
    lines.close();
  });
  // A statement that runs is ended by it too.
  interruption?.addEventListener("abort", () => void session.end());
  let statement = "";
  prompt("=> ");
  for await (const line of lines) {
    statement += `${line}\n`;
    if (statement.trim() !== "" && !line.trimEnd().endsWith(";")) {
      prompt("-> ");
      continue;
    }
    const done = await execute(session, statement);
    if (!done && !interactive) return interruption?.aborted ? (interruption.reason as number) : 1;
    statement = "";
    if (!lost) prompt("=> ");
  }
  if (interruption?.aborted) return interruption.reason as number;
  if (lost) return 1;
  return statement.trim() === "" || (await execute(session, statement)) ? 0 : 1;
}

async function execute(session: Session, statement: string): Promise<boolean> {
  if (statement.trim() === "") return true;
  try {
    const answer = await session.query<Record<string, unknown>>(statement);
    for (const result of Array.isArray(answer) ? answer : [answer]) {
      for (const row of result.rows) print(JSON.stringify(row));
      say(`${result.command} ${result.rowCount ?? ""}`.trim());
    }
    return true;
  } catch (error) {
    say(`ERROR: ${errorMessage(error)}`);
    return false;
  }
}
