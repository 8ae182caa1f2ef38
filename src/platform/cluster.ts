import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LeashError } from "../errors";
import { createDirectory, describeFileError, readFileIfThere, removeTree, writeFileAtomic } from "../files";
import { administrator, pgHbaConf, postgresqlConf } from "../tenancy/server-config";
import type { Binaries } from "./binaries";
import { listProcesses, signalProcess } from "./processes";
import { type ServerPaths, type ServerRecord, serverName } from "./server-record";
import type { ServerUser } from "./server-user";

/** The major version that the data is of, or undefined when there is none yet. */
export function clusterMajor(paths: ServerPaths): number | undefined {
  const text = readFileIfThere(path.join(paths.data, "PG_VERSION"));
  return text === undefined ? undefined : Number.parseInt(text, 10);
}

/** @throws LeashError `server/major-mismatch` */
export function assertSameMajor(paths: ServerPaths, { version, major, source }: Binaries): void {
  const found = clusterMajor(paths);
  if (found === undefined || found === major) return;
  const point = source === "npm" ? "point LEASH_POSTGRES_BIN at" : "unset LEASH_POSTGRES_BIN, or point it at";
  const mend =
    found < major ? `\`leash upgrade\` takes it along. Or ${point}` : point.replace(/^./, (c) => c.toUpperCase());
  throw new LeashError(
    "server/major-mismatch",
    `The data in ${paths.data} is of PostgreSQL ${found}, this is ${version}.`,
    {
      hint: `One major version can't read another's data. ${mend} the bin folder of a PostgreSQL ${found}. Nothing was changed.`,
    },
  );
}

/** What every program of PostgreSQL's is started with: no variable of the caller's, a folder that its user can be in. */
export function serverProcess(paths: ServerPaths, user: ServerUser | undefined) {
  return {
    cwd: paths.log,
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin", LC_ALL: "C" },
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  };
}

/**
 * Makes the data folder: under another name first, so that an interrupted initdb leaves no half of a cluster.
 * @throws LeashError `server/initdb-failed`, `state/disk-full`
 */
export async function createCluster(
  binaries: Binaries,
  paths: ServerPaths,
  record: ServerRecord,
  user: ServerUser | undefined,
): Promise<void> {
  await endLeftInitdb(paths);
  removeLeftovers(paths);
  const fresh = path.join(paths.root, `data.${randomBytes(4).toString("hex")}.new`);
  const passwordFile = path.join(paths.root, `initdb.${randomBytes(4).toString("hex")}.pw`);
  try {
    createDirectory(fresh, { owner: user });
    writeFileAtomic(passwordFile, record.password, { owner: user });
    await initdb(binaries, ["--pgdata", fresh, "--pwfile", passwordFile], paths, user);
    // Once the data has its name, nobody looks for leftovers any more.
    fs.rmSync(passwordFile, { force: true });
    fs.renameSync(fresh, paths.data);
  } catch (cause) {
    removeTree(fresh);
    throw describeFileError(cause, fresh);
  } finally {
    fs.rmSync(passwordFile, { force: true });
  }
}

/** Brings the server's configuration to what this version of leash writes. */
export function writeServerConfig(
  { major }: Binaries,
  paths: ServerPaths,
  record: ServerRecord,
  owner: ServerUser | undefined,
): void {
  const write = (name: string, content: string) => {
    const file = path.join(paths.data, name);
    if (readFileIfThere(file) !== content) writeFileAtomic(file, content, { owner });
  };
  write(
    "postgresql.conf",
    postgresqlConf({
      ...{ major, name: serverName(record), socketDirectory: record.socketDirectory },
      ...{ tcp: false, log: "files" },
    }),
  );
  write("pg_hba.conf", pgHbaConf({ tcp: false }));
}

/** Ends an initdb whose leash was killed: it would go on making files in a folder that is being removed. */
async function endLeftInitdb({ root }: ServerPaths): Promise<void> {
  const inThere = ` --pgdata ${path.join(root, "data.")}`;
  const left = listProcesses().filter(({ command }) => command.includes("/initdb ") && command.includes(inThere));
  for (const { pid } of left) {
    for (let attempt = 0; endInitdb(pid) && attempt < 100; attempt++) await sleep(20);
  }
}

/** With the servers that it has started: they are of its group. Returns false when none of them is there. */
const endInitdb = (pid: number) => signalProcess(-pid, "SIGKILL") || signalProcess(pid, "SIGKILL");

function removeLeftovers(paths: ServerPaths): void {
  for (const name of fs.readdirSync(paths.root)) {
    if (/^data\.[0-9a-f]{8}\.new$|^initdb\.[0-9a-f]{8}\.pw$/.test(name)) removeTree(path.join(paths.root, name));
  }
}

/** PostgreSQL's own Unicode rules where it has them: an index outlives an upgrade of the system's libc. */
function localeOptions(major: number): string[] {
  return major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"] : ["--locale=C.UTF-8"];
}

async function initdb(
  binaries: Binaries,
  args: string[],
  paths: ServerPaths,
  user: ServerUser | undefined,
): Promise<void> {
  const options = ["--username", administrator, "--auth=scram-sha-256", "--encoding=UTF8", "--data-checksums"];
  const child = spawn(path.join(binaries.bin, "initdb"), [...options, ...localeOptions(binaries.major), ...args], {
    ...serverProcess(paths, user),
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const end = () => child.pid !== undefined && endInitdb(child.pid);
  process.once("exit", end);
  let words = "";
  const collect = (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-4000);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  }).finally(() => process.off("exit", end));
  if (code === 0) return;
  if (/No space left on device|Disk quota exceeded/i.test(words)) {
    throw Object.assign(new Error("initdb: no space left on device"), { code: "ENOSPC" });
  }
  const said = words.split("\n").filter((line) => /error|fatal|panic|hint|detail/i.test(line));
  throw new LeashError("server/initdb-failed", "PostgreSQL could not make its data folder.", {
    details: said.length > 0 ? said : words.trim().split("\n").slice(-3),
    hint: "Mend what it says, then run the same command again; nothing was left half-made.",
  });
}
