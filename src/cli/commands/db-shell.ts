import { spawn, spawnSync } from "node:child_process";
import readline from "node:readline";
import { withoutClientVariables } from "../../connection/client-variables";
import { buildPgEnvironment } from "../../connection/credentials";
import { openSession, type Session } from "../../connection/open";
import { errorMessage, LeashError } from "../../errors";
import { databaseCredentials } from "../../platform/app-environment";
import { resolveHome } from "../../platform/home";
import { startServer } from "../../platform/server";
import { isInteractive, print, say, withProgress } from "../terminal";
import { selectApp } from "./db";

/** Opens a SQL shell as the app's own role; returns its exit code. */
export async function shell(options: { app?: string }): Promise<number> {
  const app = selectApp(options);
  if (app.stack?.state === "ready") return stackShell(app.stack.environment);
  const home = resolveHome();
  databaseCredentials(app, { socketDirectory: "" }); // no server is started for an app that has no database
  const record = await withProgress((progress) => startServer(home, progress));
  const credentials = databaseCredentials(app, record);
  if (spawnSync("psql", ["--version"], { stdio: "ignore" }).status === 0) {
    say("  Using psql.");
    return runPsql({ ...process.env, ...buildPgEnvironment(credentials) });
  }
  say("  psql is not installed: a plain shell. End a statement with ; and leave with Ctrl-D.");
  const { id, password, socketDirectory, port } = credentials;
  const session = await openSession({ socketDirectory, port, user: id, password, database: id });
  try {
    return await runPlainShell(session);
  } finally {
    await session.end();
  }
}

async function stackShell(environment: Record<string, string>): Promise<number> {
  if (spawnSync("psql", ["--version"], { stdio: "ignore" }).status !== 0) {
    throw new LeashError("db/no-psql", "psql is not installed, and the database is not on this machine's server.", {
      hint: "Install PostgreSQL's client, or run your own with `leash run -- …`.",
    });
  }
  say("  Using psql.");
  return runPsql({ ...withoutClientVariables(process.env), ...environment });
}

async function runPsql(env: NodeJS.ProcessEnv): Promise<number> {
  // Ctrl-C is psql's: it cancels a statement there.
  process.removeAllListeners("SIGINT");
  process.on("SIGINT", () => {});
  const child = spawn("psql", [], { env, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

/** Reads statements to their semicolon. With a pipe, the first error ends it with 1, as psql's ON_ERROR_STOP does. */
async function runPlainShell(session: Session): Promise<number> {
  const interactive = isInteractive();
  const lines = readline.createInterface({ input: process.stdin, output: process.stderr, terminal: interactive });
  const prompt = (text: string) => {
    if (!interactive) return;
    lines.setPrompt(text);
    lines.prompt();
  };
  let statement = "";
  prompt("=> ");
  for await (const line of lines) {
    statement += `${line}\n`;
    if (statement.trim() !== "" && !line.trimEnd().endsWith(";")) {
      prompt("-> ");
      continue;
    }
    const done = await execute(session, statement);
    if (!done && !interactive) return 1;
    statement = "";
    prompt("=> ");
  }
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
