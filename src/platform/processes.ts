import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { errorCode } from "../errors";

/** A living process and its command line, arguments joined by spaces. */
export interface LivingProcess {
  pid: number;
  command: string;
}

/**
 * The command line of a living process; undefined for none and for a zombie. It alone is readable without privileges: in
 * a container root may not look into the processes of another user.
 */
export function commandOf(pid: number): string | undefined {
  if (process.platform !== "linux") return listProcesses().find((one) => one.pid === pid)?.command;
  try {
    const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replace(/\0+$/, "").replaceAll("\0", " ");
    return command === "" ? undefined : command;
  } catch {
    return undefined;
  }
}

export function listProcesses(): LivingProcess[] {
  if (process.platform === "linux") {
    return fs.readdirSync("/proc").flatMap((name) => {
      const pid = Number(name);
      const command = Number.isInteger(pid) ? commandOf(pid) : undefined;
      return command === undefined ? [] : { pid, command };
    });
  }
  const lines = execFileSync("ps", ["-axo", "pid=,command="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || !command ? [] : { pid: Number(pid), command };
  });
}

/** @returns false when there is no such process */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return errorCode(error) !== "ESRCH";
  }
}
