import { spawn } from "node:child_process";
import path from "node:path";
import { LeashError } from "../../errors";
import type { DatabaseLogin } from "../dumps";
import type { NativeClient } from "./find";

export interface Outcome {
  code: number | null;
  /** What it said on stderr, the last 256 kB of it. */
  said: string;
}

export interface RunOptions {
  login?: DatabaseLogin;
  signal?: AbortSignal | undefined;
  /** Hears each line of stderr as it comes. */
  onLine?: (line: string) => void;
  /** Hears stdout; it is thrown away otherwise. */
  onOutput?: (chunk: Buffer) => void;
}

const mostSaid = 256 * 1024;
const longestLine = 8 * 1024;

/** Runs one of PostgreSQL's programs with nothing of the caller's environment; the password is in its environment alone. */
export function runProgram(
  { bin }: NativeClient,
  program: "pg_dump" | "pg_restore",
  args: readonly string[],
  { login, signal, onLine, onOutput }: RunOptions,
): Promise<Outcome> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(path.join(bin, program), args, {
      cwd: "/",
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C", ...(login ? loginEnvironment(login) : {}) },
      stdio: ["ignore", onOutput ? "pipe" : "ignore", "pipe"],
    });
    let said = "";
    let line = "";
    const onAbort = () => child.kill("SIGKILL");
    signal?.addEventListener("abort", onAbort, { once: true });
    // A program that outlives its parent would go on with a login that is about to be dropped.
    process.once("exit", onAbort);
    if (onOutput) child.stdout?.on("data", onOutput);
    child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      said = (said + chunk).slice(-mostSaid);
      if (!onLine) return;
      // Code of the app's may raise a line of a gigabyte: its beginning tells enough.
      const parts = chunk.split("\n");
      for (const [index, part] of parts.entries()) {
        if (index > 0) {
          onLine(line);
          line = "";
        }
        if (line.length < longestLine) line += part.slice(0, longestLine - line.length);
      }
    });
    const end = () => {
      signal?.removeEventListener("abort", onAbort);
      process.removeListener("exit", onAbort);
    };
    child.on("error", (cause) => {
      end();
      reject(new LeashError("backup/bad-client", `${path.join(bin, program)} does not run.`, { cause }));
    });
    child.on("close", (code) => {
      end();
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code, said });
    });
  });
}

function loginEnvironment({ socketDirectory, port, user, password, database }: DatabaseLogin): NodeJS.ProcessEnv {
  return {
    ...{ PGHOST: socketDirectory, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database },
    ...{ PGCONNECT_TIMEOUT: "15", PGAPPNAME: "leash", PGPASSFILE: "/nonexistent", PGSERVICEFILE: "/nonexistent" },
  };
}

/** The lines that tell what went wrong, for an error's details. */
export function complaints(said: string): string[] {
  const lines = said.split("\n").filter((line) => /error|fatal|detail|hint|query was/i.test(line));
  return (lines.length > 0 ? lines : said.trim().split("\n").slice(-3)).slice(0, 8).map((line) => line.slice(0, 400));
}
