import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openSession, type Session } from "../connection/open";
import { LeashError } from "../errors";
import { describeServerBaseline } from "../tenancy/describe";
import { reconcileServerBaseline } from "../tenancy/reconcile";
import { administrator, serverPort } from "../tenancy/server-config";
import type { TenancyServer } from "../tenancy/session";
import { type Binaries, ensureBinaries } from "./binaries";
import { assertSameMajor, clusterMajor, createCluster, serverProcess, writeServerConfig } from "./cluster";
import { createHome, type Home } from "./home";
import { withLock } from "./lock";
import { endOrphans, findPostmaster, postmasterArguments, removeStaleLocks } from "./postmaster";
import { signalProcess } from "./processes";
import {
  ensureServerRecord,
  readServerRecord,
  type ServerPaths,
  type ServerRecord,
  serverName,
  serverPaths,
} from "./server-record";
import { ensureServerUser, type ServerUser } from "./server-user";
import { settleUpgrade } from "./upgrade-state";

const startTimeoutMs = 60_000;
const stopTimeoutMs = 30_000;
const lastWordsMs = 2_000;

/** Hears what takes a while, so that it can be shown. */
export type Progress = (text: string) => void;

export interface ServerStatus {
  running: boolean;
  pid: number | null;
  /** The data's major version; null before the first start. */
  major: number | null;
  socketDirectory: string | null;
  dataDirectory: string | null;
}

/** A server on which the administrator opens sessions. */
export interface AdministratorServer extends TenancyServer {
  openSession(database: string): Promise<Session>;
}

/** Sessions of the administrator on this home's server. */
export function administratorServer(record: ServerRecord): AdministratorServer {
  return {
    openSession: (database) =>
      openSession({
        socketDirectory: record.socketDirectory,
        port: serverPort,
        user: administrator,
        password: record.password,
        database,
        applicationName: "leash",
        searchPath: "",
      }),
  };
}

/**
 * Makes sure that this home's server runs: from nothing, after a stop, a crash or a reboot.
 * @throws LeashError `server/…`, `state/…`, `home/…`
 */
export async function startServer(home: Home, progress: Progress = () => {}): Promise<ServerRecord> {
  const known = readServerRecord(home);
  if (known && isReady(known)) return known;
  createHome(home);
  return withLock(home, "server", () => startLocked(home, progress));
}

async function startLocked(home: Home, progress: Progress): Promise<ServerRecord> {
  const user = ensureServerUser(process.env, progress);
  const record = ensureServerRecord(home, user);
  const paths = serverPaths(record);
  if (isReady(record)) return record;
  await settleUpgrade(paths);

  progress("Preparing PostgreSQL");
  const binaries = ensureBinaries(paths.installs, clusterMajor(paths));
  assertSameMajor(paths, binaries);
  if (clusterMajor(paths) === undefined) {
    progress("Making the data folder");
    await createCluster(binaries, paths, record, user);
  }
  progress("Starting PostgreSQL");
  await startCluster(binaries, record, user);
  return record;
}

/** Starts the server of a data folder that is there, prepared for apps; the caller has the home's lock on its server. */
export async function startCluster(
  binaries: Binaries,
  record: ServerRecord,
  user: ServerUser | undefined,
): Promise<AdministratorServer> {
  writeServerConfig(binaries, serverPaths(record), record, user);
  await launch(binaries, record, user);
  const server = administratorServer(record);
  await reconcileServerBaseline(server, describeServerBaseline());
  return server;
}

/** Stops the server; returns false when it was not running. */
export async function stopServer(home: Home): Promise<boolean> {
  const record = readServerRecord(home);
  if (!record) return false;
  return withLock(home, "server", () => stopCluster(record));
}

/** As `stopServer`, for who has the lock. */
export async function stopCluster(record: ServerRecord): Promise<boolean> {
  const { data } = serverPaths(record);
  const running = fs.existsSync(data) ? findPostmaster(data) : undefined;
  if (!running) return false;
  // Fast first (sessions are rolled back and ended), immediate when a session hangs on.
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    signalProcess(running.pid, signal);
    if (!(await ends(data, stopTimeoutMs))) continue;
    removeShortSocketDirectory(record);
    return true;
  }
  throw new LeashError("server/does-not-stop", `The server (process ${running.pid}) does not stop.`, {
    hint: "Look into its log, or end the process yourself; the next start recovers.",
    details: [serverPaths(record).log],
  });
}

/** A folder under /tmp is made anew by the next start; what else somebody put there stays. */
function removeShortSocketDirectory({ directory, socketDirectory }: ServerRecord): void {
  if (socketDirectory.startsWith(directory)) return;
  try {
    fs.rmdirSync(socketDirectory);
  } catch {
    // It is not empty, or gone already.
  }
}

export function serverStatus(home: Home): ServerStatus {
  const record = readServerRecord(home);
  if (!record) return { running: false, pid: null, major: null, socketDirectory: null, dataDirectory: null };
  const paths = serverPaths(record);
  const major = clusterMajor(paths) ?? null;
  const postmaster = major === null ? undefined : findPostmaster(paths.data);
  return {
    running: postmaster?.status === "ready",
    pid: postmaster?.pid ?? null,
    major,
    socketDirectory: record.socketDirectory,
    dataDirectory: paths.data,
  };
}

function isReady(record: ServerRecord): boolean {
  const { data } = serverPaths(record);
  if (!fs.existsSync(path.join(data, "PG_VERSION"))) return false;
  // A cleaner of temporary folders may have taken the socket away from under a living server.
  return findPostmaster(data)?.status === "ready" && fs.existsSync(socketPath(record));
}

export function socketPath(record: Pick<ServerRecord, "socketDirectory">): string {
  return path.join(record.socketDirectory, `.s.PGSQL.${serverPort}`);
}

async function launch(binaries: Binaries, record: ServerRecord, user: ServerUser | undefined): Promise<void> {
  const paths = serverPaths(record);
  const living = findPostmaster(paths.data);
  if (living && living.status === "ready") {
    // It runs, but its socket is gone: only a restart makes a new one.
    signalProcess(living.pid, "SIGINT");
    await ends(paths.data, stopTimeoutMs);
  } else if (living) {
    if (await becomesReady(paths.data, () => true)) return;
  }
  removeStaleLocks(paths.data, socketPath(record));
  await endOrphans(serverName(record));

  // Not in the log folder: that is the server's user's, who could put a link there for root to write through.
  const startLog = path.join(paths.root, "start.log");
  const log = fs.openSync(startLog, "w", 0o600);
  const before = newestLog(paths);
  let exited = false;
  try {
    const child = spawn(path.join(binaries.bin, "postgres"), postmasterArguments(paths.data), {
      ...serverProcess(paths, user),
      detached: true,
      stdio: ["ignore", log, log],
    });
    child.on("exit", () => {
      exited = true;
    });
    child.on("error", () => {
      exited = true;
    });
    child.unref();
  } finally {
    fs.closeSync(log);
  }
  if (await becomesReady(paths.data, () => !exited)) return;
  throw describeStartFailure(await lastWords(startLog, before, paths), paths);
}

/** What a server that did not start has said. The process that writes its log may outlive it by a moment. */
async function lastWords(startLog: string, before: LogFile | undefined, paths: ServerPaths): Promise<string> {
  const deadline = Date.now() + lastWordsMs;
  for (;;) {
    const words = fs.readFileSync(startLog, "utf8") + writtenSince(before, paths);
    if (/FATAL|PANIC/.test(words) || Date.now() > deadline) return words;
    await sleep(50);
  }
}

async function becomesReady(data: string, goesOn: () => boolean): Promise<boolean> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline && goesOn()) {
    if (findPostmaster(data)?.status === "ready") return true;
    await sleep(10);
  }
  return false;
}

async function ends(data: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (findPostmaster(data)) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

interface LogFile {
  file: string;
  bytes: number;
}

function newestLog(paths: ServerPaths): LogFile | undefined {
  if (!fs.existsSync(paths.log)) return undefined;
  const logs = fs.readdirSync(paths.log).filter((name) => /^postgresql-.*\.log$/.test(name));
  const files = logs.map((name) => path.join(paths.log, name)).map((file) => ({ file, stat: fs.statSync(file) }));
  const newest = files.sort((a, b) => a.stat.mtimeMs - b.stat.mtimeMs).at(-1);
  return newest && { file: newest.file, bytes: newest.stat.size };
}

/** What the server's own log has more than it had before. */
function writtenSince(before: LogFile | undefined, paths: ServerPaths): string {
  const now = newestLog(paths);
  if (!now) return "";
  const known = now.file === before?.file && now.bytes >= before.bytes ? before.bytes : 0;
  return fs.readFileSync(now.file).subarray(known).toString("utf8");
}

function describeStartFailure(words: string, paths: ServerPaths): LeashError {
  const said = words
    .split("\n")
    .filter((line) => /FATAL|PANIC|ERROR|HINT|DETAIL/.test(line) && !line.includes("Future log output"))
    .map((line) => line.replace(/^.*?(FATAL|PANIC|ERROR|HINT|DETAIL):\s*/, "$1: "));
  if (/No space left on device/.test(words)) {
    return new LeashError("state/disk-full", "The disk is full: PostgreSQL could not start.", {
      details: said,
      hint: "Free some space and run the same command again.",
    });
  }
  if (/\.s\.PGSQL\.\d+(\.lock)?"? already exists|could not bind/i.test(words)) {
    return new LeashError("server/socket-taken", "Another server holds the socket that PostgreSQL was to listen on.", {
      details: said,
      hint: "End that server, or use another LEASH_HOME.",
    });
  }
  return new LeashError("server/start-failed", "PostgreSQL did not start.", {
    details: said,
    hint: `Its log is in ${paths.log}.`,
  });
}
