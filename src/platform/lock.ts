import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LeashError } from "../errors";
import { describeFileError } from "../files";
import { createHome, type Home } from "./home";

const waitMs = 120_000;

/**
 * Runs `work` while holding a lock of the operating system's, which ends with its holder, however that dies: no lock is
 * ever stale.
 * @throws LeashError `lock/busy` when another process holds it for two minutes
 */
export async function withLock<Result>(home: Home, name: string, work: () => Promise<Result>): Promise<Result> {
  createHome(home);
  const file = path.join(home.locks, `${name}.lock`);
  const fd = openLockFile(file);
  try {
    await acquire(fd, name);
    return await work();
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Takes a lock for as long as this process lives.
 * @returns false when another process holds it
 */
export async function holdLock(home: Home, name: string): Promise<boolean> {
  createHome(home);
  const fd = openLockFile(path.join(home.locks, `${name}.lock`));
  const { tryLock } = await import("fs-native-extensions");
  if (tryLock(fd)) return true;
  fs.closeSync(fd);
  return false;
}

/** Whether a process holds the lock. */
export async function isLocked(home: Home, name: string): Promise<boolean> {
  const file = path.join(home.locks, `${name}.lock`);
  if (!fs.existsSync(file)) return false;
  const fd = openLockFile(file);
  try {
    const { tryLock } = await import("fs-native-extensions");
    return !tryLock(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function openLockFile(file: string): number {
  try {
    return fs.openSync(file, "a+", 0o600);
  } catch (cause) {
    throw describeFileError(cause, file);
  }
}

async function acquire(fd: number, name: string): Promise<void> {
  const { tryLock } = await import("fs-native-extensions");
  const deadline = Date.now() + waitMs;
  while (!tryLock(fd)) {
    if (Date.now() > deadline) {
      throw new LeashError("lock/busy", `Another leash command has been working on ${name} for two minutes.`, {
        hint: "Wait until it ends, or end it, then try again.",
      });
    }
    await sleep(25);
  }
}
