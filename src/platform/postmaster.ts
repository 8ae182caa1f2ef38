import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "../errors";
import { readFileIfThere } from "./files";

/** What `postmaster.pid` says. */
export interface Postmaster {
  pid: number;
  /** "starting", "stopping", "ready", "standby" */
  status: string;
}

/** The living server of a data folder: a pid file alone proves nothing after a crash or a reboot. */
export function findPostmaster(data: string): Postmaster | undefined {
  const lines = readFileIfThere(path.join(data, "postmaster.pid"))?.split("\n");
  const pid = Number(lines?.[0]);
  if (!Number.isInteger(pid) || pid < 2 || !isServerProcess(pid, data)) return undefined;
  return { pid, status: lines?.[7]?.trim() ?? "starting" };
}

/**
 * Removes the lock files of a server that is gone. PostgreSQL would refuse to start over them while any process has
 * their number: somebody else's after a reboot, a zombie's for a second after a kill.
 */
export function removeStaleLocks(data: string, socket: string): void {
  if (findPostmaster(data)) return;
  fs.rmSync(path.join(data, "postmaster.pid"), { force: true });
  const holder = Number(readFileIfThere(`${socket}.lock`)?.split("\n")[0]);
  if (holder > 1 && isServerProcess(holder, undefined)) return;
  for (const file of [`${socket}.lock`, socket]) fs.rmSync(file, { force: true });
}

/**
 * Ends what a killed server left behind: its backends keep the shared memory, and one in a long computation would keep
 * the next server from starting.
 */
export async function endOrphans(data: string): Promise<void> {
  for (const signal of ["SIGQUIT", "SIGKILL"] as const) {
    for (let attempt = 0; attempt < 20; attempt++) {
      const orphans = serverProcesses(data);
      if (orphans.length === 0) return;
      if (attempt === 0) for (const pid of orphans) signalProcess(pid, signal);
      await sleep(50);
    }
  }
}

/** @returns false when there is no such process */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}

/** Whether the process is a living PostgreSQL server: of this data folder, or of any. */
function isServerProcess(pid: number, data: string | undefined): boolean {
  if (process.platform === "linux") {
    const folder = workingDirectory(pid);
    return folder !== undefined && (data === undefined || folder === fs.realpathSync(data));
  }
  try {
    const command = execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
    return command.includes(data ?? "postgres");
  } catch {
    return false;
  }
}

function serverProcesses(data: string): number[] {
  if (process.platform !== "linux") return [];
  const folder = fs.realpathSync(data);
  return fs
    .readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1 && workingDirectory(pid) === folder);
}

/** PostgreSQL's processes stand in their data folder; a zombie stands nowhere. */
function workingDirectory(pid: number): string | undefined {
  try {
    const isPostgres = fs.readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("postgres");
    return isPostgres ? fs.readlinkSync(`/proc/${pid}/cwd`) : undefined;
  } catch {
    return undefined;
  }
}
