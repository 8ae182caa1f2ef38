import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa, type Options } from "execa";
import { removeTree } from "../../src/files";

export const root = path.resolve(__dirname, "../..");
export const cli = path.join(root, "bin/leash.js");

/** What `leash run` is given to run a query as the app. */
export const sql = (query: string, ...options: "--variables"[]) => [
  "run",
  "--",
  process.execPath,
  path.join(root, "test/support/sql.cjs"),
  query,
  ...options,
];

export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A LEASH_HOME of its own, folders of apps, and the built command line as a process. */
export interface Sandbox {
  directory: string;
  home: string;
  env: Record<string, string>;
  /** Makes an app's folder with these files. */
  app(name: string, files: Record<string, string>): string;
  leash(args: string[], options?: RunOptions): Promise<CommandResult>;
  /** Stops the server and removes everything. */
  dispose(): Promise<void>;
}

export interface RunOptions {
  cwd?: string;
  input?: string;
  env?: Record<string, string>;
  timeoutMs?: number;
}

/** A PostgreSQL 15 that Debian installs; undefined where there is none. */
export function findInstalledPostgres(): string | undefined {
  const candidates = [process.env.LEASH_TEST_POSTGRES_BIN, "/usr/lib/postgresql/15/bin"];
  return candidates.find((bin) => bin !== undefined && fs.existsSync(path.join(bin, "initdb")));
}

export function createSandbox(extraEnv: Record<string, string> = {}): Sandbox {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "leash-test-")));
  fs.chmodSync(directory, 0o755);
  const home = path.join(directory, "home");
  const env: Record<string, string> = { ...cleanEnvironment(), LEASH_HOME: home, NO_COLOR: "1", ...extraEnv };

  async function leash(args: string[], { cwd, input, env: more, timeoutMs }: RunOptions = {}): Promise<CommandResult> {
    const options: Options = {
      cwd: cwd ?? directory,
      env: { ...env, ...more },
      extendEnv: false,
      reject: false,
      timeout: timeoutMs ?? 90_000,
      stripFinalNewline: false,
      ...(input === undefined ? { stdin: "ignore" } : { input }),
    };
    const { exitCode, stdout, stderr, signal } = await execa(process.execPath, [cli, ...args], options);
    return { exitCode: exitCode ?? (signal ? -1 : -2), stdout: String(stdout), stderr: String(stderr) };
  }

  return {
    directory,
    home,
    env,
    leash,
    app(name, files) {
      const folder = path.join(directory, name);
      for (const [file, content] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
        fs.writeFileSync(path.join(folder, file), content);
      }
      return folder;
    },
    async dispose() {
      await leash(["stop"]);
      removeTree(directory);
    },
  };
}

/** The caller's environment without what would lead leash or a driver elsewhere. */
function cleanEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(LEASH_|PG|DATABASE_URL|CI$)/.test(entry[0]),
  );
  return Object.fromEntries(entries);
}

export const flaskApp = { "requirements.txt": "flask==3.1.0\npsycopg[binary]==3.2\n", "app.py": "" };
export const expressApp = {
  "package.json": JSON.stringify({ name: "notes", dependencies: { express: "5", pg: "8" } }, null, 2),
};
