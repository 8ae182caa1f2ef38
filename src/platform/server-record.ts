import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as z from "zod/mini";
import { LeashError } from "../errors";
import { createDirectory, readFileIfThere, writeFileAtomic } from "../files";
import type { Home } from "./home";
import type { ServerUser } from "./server-user";

const recordSchema = z.object({
  /** Tells this home's server from every other one on the machine. */
  instance: z.string().check(z.regex(/^[0-9a-f]{12}$/)),
  password: z.string().check(z.regex(/^[0-9a-f]{32,}$/)),
  /** Left out where it is the home's own folder, so that a home can be moved. */
  directory: z.optional(z.string()),
  socketDirectory: z.optional(z.string()),
});

/** What the home knows of its server; the file is of mode 0600. */
export interface ServerRecord {
  instance: string;
  password: string;
  directory: string;
  socketDirectory: string;
}

/** The folders of one server. */
export interface ServerPaths {
  root: string;
  data: string;
  log: string;
  installs: string;
}

/** The server's name in the titles of its processes. */
export function serverName({ instance }: Pick<ServerRecord, "instance">): string {
  return `leash-${instance}`;
}

export function serverPaths({ directory }: Pick<ServerRecord, "directory">): ServerPaths {
  return {
    root: directory,
    data: path.join(directory, "data"),
    log: path.join(directory, "log"),
    installs: path.join(directory, "installs"),
  };
}

/**
 * The record of this home's server, or undefined before its first start.
 * @throws LeashError `state/broken`
 */
export function readServerRecord(home: Home): ServerRecord | undefined {
  const text = readFileIfThere(home.serverRecord);
  if (text === undefined) return undefined;
  try {
    const { instance, password, directory = home.postgres, ...stored } = recordSchema.parse(JSON.parse(text));
    return { instance, password, directory, socketDirectory: stored.socketDirectory ?? besideData(directory) };
  } catch (cause) {
    throw new LeashError("state/broken", `${home.serverRecord} is not what leash wrote.`, {
      hint: "Restore it from a backup: without it the server's administrator can't log in.",
      cause,
    });
  }
}

/** Makes sure of the record, of the server's folders, and of a socket folder that is short enough and ours. */
export function ensureServerRecord(home: Home, user: ServerUser | undefined): ServerRecord {
  const known = readServerRecord(home);
  const record = known ?? createRecord(home, user);
  if (record.directory !== home.postgres) createDirectory(sharedDirectory, { mode: 0o711 });
  createDirectory(record.directory, { mode: user ? 0o711 : 0o700 });
  createDirectory(serverPaths(record).log, { owner: user });
  const socketDirectory = ensureSocketDirectory(record, user);
  const current = { ...record, socketDirectory };
  if (!known || known.socketDirectory !== socketDirectory) writeServerRecord(home, current);
  return current;
}

function writeServerRecord(home: Home, { instance, password, directory, socketDirectory }: ServerRecord): void {
  const stored: z.infer<typeof recordSchema> = { instance, password };
  if (directory !== home.postgres) stored.directory = directory;
  if (socketDirectory !== besideData(directory)) stored.socketDirectory = socketDirectory;
  writeFileAtomic(home.serverRecord, `${JSON.stringify(stored, null, 2)}\n`);
}

function besideData(directory: string): string {
  return path.join(directory, "run");
}

/** Where root keeps servers whose home their user can't reach. */
const sharedDirectory = "/var/lib/leash";

function createRecord(home: Home, user: ServerUser | undefined): ServerRecord {
  const instance = randomBytes(6).toString("hex");
  const directory = user && !reaches(user, home.root) ? path.join(sharedDirectory, instance) : home.postgres;
  return {
    instance,
    password: randomBytes(24).toString("hex"),
    directory,
    socketDirectory: besideData(directory),
  };
}

/** Whether the user may pass through every folder on the way; root's own folders are often closed to others. */
function reaches(user: ServerUser, directory: string): boolean {
  for (let at = fs.realpathSync(directory); ; at = path.dirname(at)) {
    const { mode, uid, gid } = fs.statSync(at);
    const passable = uid === user.uid ? mode & 0o100 : gid === user.gid ? mode & 0o010 : mode & 0o001;
    if (!passable) return false;
    if (at === path.dirname(at)) return true;
  }
}

/** The folder of the pool's socket: inside the server's, so that who may reach one may reach the other. */
export function poolSocketDirectory({ socketDirectory }: Pick<ServerRecord, "socketDirectory">): string {
  return path.join(socketDirectory, "pool");
}

// sockaddr_un holds 108 bytes on Linux and 104 on macOS, the final NUL included.
const longestSocketPath = process.platform === "darwin" ? 103 : 107;

/** Whether a server's socket can have its name in this folder. */
export function fitsSocket(directory: string): boolean {
  return Buffer.byteLength(path.join(directory, ".s.PGSQL.5432")) <= longestSocketPath;
}

/** The recorded folder if it serves, else one beside the data, else a short one under the temporary folder. */
function ensureSocketDirectory(record: ServerRecord, user: ServerUser | undefined): string {
  const candidates = [
    record.socketDirectory,
    besideData(record.directory),
    path.join(os.tmpdir(), `leash-${record.instance}`),
    path.join("/tmp", `leash-${record.instance}`),
    // Somebody else sits on the short name: one that nobody could foresee.
    path.join("/tmp", `leash-${randomBytes(6).toString("hex")}`),
  ];
  for (const candidate of candidates) {
    if (!fitsSocket(candidate)) continue;
    // Other users of the machine have no business there, except when root serves them.
    createDirectory(candidate, { mode: user ? 0o711 : 0o700, owner: user });
    const { uid, mode } = fs.lstatSync(candidate);
    const expected = user?.uid ?? process.getuid?.();
    if (uid === expected && (mode & 0o022) === 0 && fs.lstatSync(candidate).isDirectory()) return candidate;
  }
  throw new LeashError("server/socket-path-too-long", "No folder is short enough for the server's socket.", {
    hint: `A socket's path has at most ${longestSocketPath} bytes: point LEASH_HOME or TMPDIR at a shorter path.`,
  });
}
