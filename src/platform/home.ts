import path from "node:path";
import envPaths from "env-paths";
import { LeashError } from "../errors";
import { createDirectory } from "../files";

/** The state folder and what lies where in it. */
export interface Home {
  root: string;
  /** One file per app. */
  apps: string;
  /** Which server belongs to this home; holds the administrator's password. */
  serverRecord: string;
  locks: string;
  /** Where backups are kept unless their settings name another place. */
  backups: string;
  /** What the user set for backups; there need be none. */
  backupSettings: string;
  /** Where the server lives unless its user can't get there. */
  postgres: string;
}

/**
 * `LEASH_HOME`, or the platform's data folder for the user. Nothing is written.
 * @throws LeashError `home/unsupported-path`
 */
export function resolveHome(environment: NodeJS.ProcessEnv = process.env): Home {
  const configured = environment.LEASH_HOME;
  const root = path.resolve(configured ? configured : envPaths("leash", { suffix: "" }).data);
  // initdb builds shell commands from these paths.
  if (/["$`\\\n\r]/.test(root)) {
    throw new LeashError("home/unsupported-path", `PostgreSQL can't live in ${JSON.stringify(root)}.`, {
      hint: "Point LEASH_HOME at a path without quotes, $, ` or backslashes.",
      exitCode: 2,
    });
  }
  return {
    root,
    apps: path.join(root, "apps"),
    serverRecord: path.join(root, "server.json"),
    locks: path.join(root, "locks"),
    backups: path.join(root, "backups"),
    backupSettings: path.join(root, "backups.json"),
    postgres: path.join(root, "postgres"),
  };
}

/**
 * Makes the state folder. Started by root it may be passed through, so that the server's user reaches its part; the
 * secrets are files of mode 0600 in folders of mode 0700 either way.
 */
export function createHome(home: Home): void {
  createDirectory(home.root, { mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  createDirectory(home.apps);
  createDirectory(home.locks);
}
