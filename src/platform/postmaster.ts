import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readFileIfThere } from "../files";
import { commandOf, listProcesses, signalProcess } from "./processes";

/** What `postmaster.pid` says. */
export interface Postmaster {
  pid: number;
  /** "starting", "stopping", "ready", "standby" */
  status: string;
}

/** The arguments that a server is started with; they tell it from every other process. */
export function postmasterArguments(data: string): string[] {
  return ["-D", data];
}

/** The living server of a data folder: a pid file alone proves nothing after a crash or a reboot. */
export function findPostmaster(data: string): Postmaster | undefined {
  const lines = readFileIfThere(path.join(data, "postmaster.pid"))?.split("\n");
  const pid = Number(lines?.[0]);
  if (!Number.isInteger(pid) || pid < 2) return undefined;
  if (!commandOf(pid)?.endsWith(` ${postmasterArguments(data).join(" ")}`)) return undefined;
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
  if (holder > 1 && isPostgres(commandOf(holder))) return;
  for (const file of [`${socket}.lock`, socket]) fs.rmSync(file, { force: true });
}

/**
 * Ends what a killed server left behind: its backends keep the shared memory, and one in a long computation would keep
 * the next server from starting. They carry the server's name (`cluster_name`) in their titles.
 */
export async function endOrphans(serverName: string): Promise<void> {
  for (const signal of ["SIGQUIT", "SIGKILL"] as const) {
    for (let attempt = 0; attempt < 20; attempt++) {
      const orphans = listProcesses().filter(({ command }) => command.startsWith(`postgres: ${serverName}: `));
      if (orphans.length === 0) return;
      if (attempt === 0) for (const { pid } of orphans) signalProcess(pid, signal);
      await sleep(50);
    }
  }
}

function isPostgres(command: string | undefined): boolean {
  return command !== undefined && /^(\S*\/)?postgres(:| |$)/.test(command);
}
