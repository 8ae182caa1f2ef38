import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { errorCode, LeashError } from "./errors";

export interface WriteOptions {
  mode?: number;
  /** Who shall own the file, when root writes for the server's user. */
  owner?: { uid: number; gid: number } | undefined;
}

/** Writes a whole file or nothing: a temporary beside it, flushed, then renamed over it. */
export function writeFileAtomic(file: string, content: string, { mode = 0o600, owner }: WriteOptions = {}): void {
  const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const fd = fs.openSync(temporary, "wx", mode);
    try {
      fs.writeFileSync(fd, content);
      fs.fchmodSync(fd, mode);
      if (owner) fs.fchownSync(fd, owner.uid, owner.gid);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    fs.renameSync(temporary, file);
    flushDirectory(path.dirname(file));
  } catch (cause) {
    fs.rmSync(temporary, { force: true });
    throw describeFileError(cause, file);
  }
}

/** The text of a file, or undefined when there is none. */
export function readFileIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return undefined;
    throw describeFileError(cause, file);
  }
}

/** Makes a directory (and its parents), and sets its mode and owner when it is new. */
export function createDirectory(directory: string, { mode = 0o700, owner }: WriteOptions = {}): void {
  try {
    const isNew = fs.mkdirSync(directory, { recursive: true, mode }) !== undefined;
    if (!isNew) return;
    fs.chmodSync(directory, mode);
    if (owner) fs.chownSync(directory, owner.uid, owner.gid);
  } catch (cause) {
    // Where nothing can be made, Node says that the parent is not there.
    throw errorCode(cause) === "ENOENT" ? notWritable(directory, cause) : describeFileError(cause, directory);
  }
}

function notWritable(file: string, cause: unknown): LeashError {
  return new LeashError(
    "state/not-writable",
    `${file} can't be made or written: its file system is read-only, or gone.`,
    {
      hint: "Mount it for writing, or name another folder.",
      cause,
    },
  );
}

/** Turns a system error into one that says how to mend it; other errors pass through. */
export function describeFileError(cause: unknown, file: string): unknown {
  switch (errorCode(cause)) {
    case "ENOSPC":
    case "EDQUOT":
      return new LeashError("state/disk-full", `The disk is full: ${file} could not be written.`, {
        hint: "Free some space and run the same command again; nothing was left half-made.",
        cause,
      });
    case "EACCES":
    case "EPERM":
      return new LeashError("state/not-writable", `${file} may not be read or written by this user.`, {
        hint: "Give yourself access to it, or point LEASH_HOME at a folder that you own.",
        cause,
      });
    case "EROFS":
      return notWritable(file, cause);
    case "ENOTDIR":
    case "EEXIST":
    case "ELOOP":
      return new LeashError("state/not-a-folder", `${file} can't be used: a part of that path is not a folder.`, {
        hint: "Point LEASH_HOME at a folder.",
        cause,
      });
    case "ENAMETOOLONG":
      return new LeashError("state/path-too-long", `The path ${file.slice(0, 100)}… is too long for this system.`, {
        hint: "Point LEASH_HOME at a shorter path.",
        cause,
      });
    default:
      return cause;
  }
}

/**
 * Removes a folder that a killed program's child may still be writing into. Node's own retries never look again into a
 * folder that was not empty: what is made there between its look and its removal would stay for ever.
 */
export function removeTree(directory: string): void {
  const deadline = Date.now() + removeTimeoutMs;
  for (;;) {
    try {
      fs.rmSync(directory, { recursive: true, force: true, maxRetries: 1, retryDelay: 100 });
      return;
    } catch (error) {
      if (errorCode(error) !== "ENOTEMPTY" || Date.now() > deadline) throw error;
    }
  }
}

const removeTimeoutMs = 15_000;

/** Makes what was renamed into a folder outlive a power cut. */
export function flushDirectory(directory: string): void {
  const fd = fs.openSync(directory, "r");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
