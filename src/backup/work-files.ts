import { randomBytes } from "node:crypto";
import { errorCode } from "../errors";

/** A name for a file that is nobody's backup, which tells whose it is: what a killed process leaves is found by it. */
export const workFileName = (): string => `work-${process.pid}-${randomBytes(4).toString("hex")}.partial`;

/** Whether a work file, or a folder of copies (`copy-<pid>-…`), is that of a living process; undefined for other names. */
export function isInUse(name: string): boolean | undefined {
  const owner = /^(?:work|copy)-(\d+)-/.exec(name)?.[1];
  return owner === undefined ? undefined : isAlive(Number(owner));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
