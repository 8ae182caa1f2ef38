import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LeashError } from "../errors";
import { createDirectory, readFileIfThere, writeFileAtomic } from "../files";
import { parsePoolVersion, pgbouncerIni, pgbouncerUserlist } from "../pool/config";
import { serverPort } from "../tenancy/server-config";
import { maintenanceDatabase, withSession } from "../tenancy/session";
import { type App, listApps } from "./app-store";
import type { Home } from "./home";
import { withLock } from "./lock";
import { commandOf, listProcesses, signalProcess } from "./processes";
import { administratorServer } from "./server";
import { fitsSocket, poolSocketDirectory, type ServerRecord } from "./server-record";
import { ensureServerUser } from "./server-user";

const startTimeoutMs = 10_000;
const stopTimeoutMs = 3_000;

const poolFolder = ({ directory }: ServerRecord) => path.join(directory, "pool");
const iniFile = (record: ServerRecord) => path.join(poolFolder(record), "pgbouncer.ini");
const pidFile = (record: ServerRecord) => path.join(poolFolder(record), "pgbouncer.pid");

const usesPool = ({ database }: App) => database?.state === "ready" && database.pool === true;

interface Program {
  file: string;
  version: number;
}

/**
 * The PgBouncer of this machine.
 * @throws LeashError `pool/not-installed`
 */
export function findPgbouncer(environment: NodeJS.ProcessEnv = process.env): Program {
  const named = environment.LEASH_PGBOUNCER;
  const folders = [...(environment.PATH ?? "").split(path.delimiter), "/usr/sbin", "/usr/local/sbin", "/usr/bin"];
  for (const file of named ? [named] : folders.map((folder) => path.join(folder, "pgbouncer"))) {
    try {
      const version = parsePoolVersion(
        execFileSync(file, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
      );
      if (version !== undefined) return { file, version };
    } catch {
      // The next one.
    }
  }
  throw new LeashError("pool/not-installed", named ? `${named} is no PgBouncer.` : "PgBouncer is not installed.", {
    hint: "Install it (Debian: apt-get install pgbouncer; macOS: brew install pgbouncer), or name it in LEASH_PGBOUNCER.",
  });
}

/** The living pool's process; undefined for none. A pid file alone proves nothing. */
export function findPool(record: ServerRecord): number | undefined {
  const isPool = (command: string | undefined) => command?.endsWith(` ${iniFile(record)}`) === true;
  const pid = Number(readFileIfThere(pidFile(record)));
  if (Number.isInteger(pid) && pid > 1 && isPool(commandOf(pid))) return pid;
  return listProcesses().find(({ command }) => isPool(command))?.pid;
}

/** Whether there should be a pool and is none: it has died. */
export function isPoolMissing(record: ServerRecord): boolean {
  return fs.existsSync(iniFile(record)) && findPool(record) === undefined;
}

/**
 * Makes sure that the pool runs where an app uses it, with the passwords that the server has, and of this configuration.
 * @returns its process; undefined where no app uses it
 * @throws LeashError `pool/not-installed`, `pool/path-too-long`, `pool/start-failed`
 */
export async function ensurePool(home: Home, record: ServerRecord): Promise<number | undefined> {
  // Most homes have none, and never had.
  if (!fs.existsSync(iniFile(record)) && !listApps(home).some(usesPool)) return undefined;
  return withLock(home, "pool", async () => {
    const running = findPool(record);
    if (!listApps(home).some(usesPool)) {
      if (running !== undefined) await end(running);
      fs.rmSync(iniFile(record), { force: true });
      return undefined;
    }
    const program = findPgbouncer();
    const changed = await writeConfig(home, record, program);
    if (running !== undefined && changed !== "program") {
      if (changed === "users") signalProcess(running, "SIGHUP");
      if (await answers(record)) return running;
    }
    if (running !== undefined) await end(running);
    return launch(record, program);
  });
}

/** Ends the pool; returns false when it was not running. */
export async function stopPool(home: Home, record: ServerRecord): Promise<boolean> {
  if (findPool(record) === undefined) return false;
  return withLock(home, "pool", async () => {
    const pid = findPool(record);
    if (pid !== undefined) await end(pid);
    return pid !== undefined;
  });
}

async function writeConfig(
  home: Home,
  record: ServerRecord,
  program: Program,
): Promise<"program" | "users" | undefined> {
  const owner = ensureServerUser();
  const folder = poolFolder(record);
  const socketDirectory = poolSocketDirectory(record);
  if (!fitsSocket(socketDirectory)) {
    throw new LeashError("pool/path-too-long", `${socketDirectory} is too long for a socket.`, {
      hint: "Point LEASH_HOME at a shorter path.",
    });
  }
  createDirectory(folder, { mode: 0o700, owner });
  createDirectory(socketDirectory, { mode: owner ? 0o711 : 0o700, owner });
  const userlistFile = path.join(folder, "userlist.txt");
  const ini = pgbouncerIni({
    ...{ version: program.version, serverSocketDirectory: record.socketDirectory, socketDirectory },
    ...{ userlistFile, pidFile: pidFile(record) },
  });
  const users = pgbouncerUserlist(await readVerifiers(home, record));
  const writes = (file: string, content: string) => {
    if (readFileIfThere(file) === content) return false;
    writeFileAtomic(file, content, { owner });
    return true;
  };
  const usersChanged = writes(userlistFile, users);
  if (writes(iniFile(record), ini)) return "program";
  return usersChanged ? "users" : undefined;
}

async function readVerifiers(home: Home, record: ServerRecord): Promise<Map<string, string>> {
  const apps = listApps(home)
    .filter(usesPool)
    .map(({ id }) => id);
  return withSession(administratorServer(record), maintenanceDatabase, async (session) => {
    const { rows } = await session.query<{ name: string; verifier: string }>(
      `SELECT rolname AS name, rolpassword AS verifier FROM pg_catalog.pg_authid
        WHERE rolname = ANY($1) AND rolpassword LIKE 'SCRAM-SHA-256$4096:%' AND pg_catalog.length(rolpassword) < 200
        ORDER BY rolname`,
      [apps],
    );
    return new Map(rows.map(({ name, verifier }) => [name, verifier]));
  });
}

/** For who knows that none runs. */
async function launch(record: ServerRecord, { file }: Program): Promise<number> {
  // One that was killed left it, and PgBouncer takes whoever has its process id by now for another of its kind.
  fs.rmSync(pidFile(record), { force: true });
  const user = ensureServerUser();
  const log = path.join(poolFolder(record), "pgbouncer.log");
  const fd = fs.openSync(log, "w", 0o600);
  try {
    // From its own folder, which its user reaches.
    const child = spawn(file, [iniFile(record)], {
      ...{ cwd: poolFolder(record), detached: true, stdio: ["ignore", fd, fd] },
      ...(user ? { uid: user.uid, gid: user.gid } : {}),
      env: { PATH: process.env.PATH },
    });
    child.on("error", () => {});
    child.unref();
  } finally {
    fs.closeSync(fd);
  }
  for (const deadline = Date.now() + startTimeoutMs; Date.now() < deadline; await sleep(20)) {
    const pid = findPool(record);
    if (pid !== undefined && (await answers(record))) return pid;
  }
  const said = (readFileIfThere(log) ?? "").split("\n").filter((line) => /ERROR|FATAL|WARNING/.test(line));
  throw new LeashError("pool/start-failed", "PgBouncer did not start.", {
    details: said.slice(-3),
    hint: `Its log is ${log}.`,
  });
}

async function end(pid: number): Promise<void> {
  const command = commandOf(pid);
  signalProcess(pid, "SIGTERM");
  for (const deadline = Date.now() + stopTimeoutMs; commandOf(pid) === command; await sleep(20)) {
    if (Date.now() < deadline) continue;
    // It waits for its clients.
    signalProcess(pid, "SIGKILL");
  }
}

/** Whether somebody listens on the pool's socket. */
async function answers(record: ServerRecord): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(path.join(poolSocketDirectory(record), `.s.PGSQL.${serverPort}`));
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => done(true)).once("error", () => done(false));
  });
}
