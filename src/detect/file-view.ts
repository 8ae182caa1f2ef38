import { isUtf8 } from "node:buffer";
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, normalize, posix, relative, resolve, sep } from "node:path";
import { errorCode, errorMessage, LeashError } from "../errors";

/**
 * What stands at a path. `outside`: a link that leaves the app's folder, which is never followed. `other`: what can't be
 * read as either, such as a pipe, a device, a link to nowhere.
 */
export type EntryKind = "file" | "folder" | "outside" | "other";

/**
 * The app's folder, read only. Paths are relative to it, with forward slashes; the folder itself is `""`, and a path that
 * climbs out of it (`../x`) is `outside`.
 */
export interface FileView {
  /** What stands at the path, or undefined when nothing does. */
  kindOf(path: string): EntryKind | undefined;
  /**
   * A text file's content, decoded (UTF-8, or UTF-16 with a byte order mark) and without byte order mark.
   * @throws LeashError `detect/unreadable`, `detect/too-large`, `detect/not-text`
   */
  readText(path: string): string;
  /**
   * The names in a folder, sorted.
   * @throws LeashError `detect/unreadable`
   */
  list(path: string): string[];
}

/** In one call of the system's: `realpathSync` itself asks for each folder on the way. */
const realPath = realpathSync.native;

/** Of two hundred repositories no manifest had a thirtieth of this; what has more is refused before it costs anything. */
export const largestManifestBytes = 5 * 1024 * 1024;

/**
 * The real folder at `path`.
 * @throws LeashError `detect/unreadable` when there is no folder that can be read
 */
export function openFolder(path: string): FileView {
  const root = realFolder(path);

  /** Where folders really are: a view lives as long as one detection, and asks for many files of a folder. */
  const realFolders = new Map<string, string>();
  function realFolderOf(path: string): string {
    const known = realFolders.get(path);
    if (known !== undefined) return known;
    const real = realPath(path);
    realFolders.set(path, real);
    return real;
  }

  function kindOf(entry: string): EntryKind | undefined {
    const full = resolve(root, normalize(entry));
    if (!isWithin(root, full)) return "outside";
    try {
      // Most of what is asked for is not there: an error for each would cost more than the question.
      const own = lstatSync(full, { throwIfNoEntry: false });
      if (own === undefined) return undefined;
      const real = own.isSymbolicLink() ? realPath(full) : full === root ? root : realFolderOf(dirname(full));
      if (!isWithin(root, real)) return "outside";
      const stat = own.isSymbolicLink() ? statSync(full) : own;
      if (stat.isFile()) return "file";
      return stat.isDirectory() ? "folder" : "other";
    } catch (error) {
      // Else a loop of links, a link to nowhere, a folder on the way that we may not enter.
      return errorCode(error) === "ENOTDIR" ? undefined : "other";
    }
  }

  return {
    kindOf,
    readText(file) {
      // Asked before opening: opening a pipe would wait for a writer.
      assertFile(file, kindOf(file));
      const full = join(root, file);
      return readable(file, () => {
        assertSize(file, statSync(full).size);
        return decodeText(file, readFileSync(full));
      });
    },
    list(folder) {
      return readable(folder || ".", () => readdirSync(join(root, folder)).sort());
    },
  };
}

/**
 * Decodes a manifest's bytes; shared with the views of tests, so that they refuse what the real one does.
 * @throws LeashError `detect/too-large`, `detect/not-text`
 */
export function decodeText(file: string, bytes: Buffer): string {
  assertSize(file, bytes.length);
  const text = decode(bytes);
  if (text === undefined || text.includes("\0")) {
    throw new LeashError("detect/not-text", `${file} is not a text file.`, {
      hint: "Save it as UTF-8 text, or remove it if it is not a manifest.",
    });
  }
  // A line may end in a carriage return alone, and parsers don't agree on that.
  return text.includes("\r") ? text.replace(/\r(?!\n)/g, "\n") : text;
}

/** @throws LeashError `detect/unreadable` unless it is a regular file of the app's own */
export function assertFile(file: string, kind: EntryKind | undefined): void {
  if (kind === "file") return;
  const problem = {
    folder: "is a folder, not a file",
    outside: "is a link that leaves the app's folder",
    other: "is not a regular file (a pipe, a device, or a link that leads nowhere)",
    missing: "is not there",
  }[kind ?? "missing"];
  throw new LeashError("detect/unreadable", `${file} ${problem}.`, {
    hint: "Put the file itself there, or remove the entry.",
  });
}

function assertSize(file: string, bytes: number): void {
  if (bytes <= largestManifestBytes) return;
  const limit = largestManifestBytes / 1024 ** 2;
  throw new LeashError("detect/too-large", `${file} has ${bytes} bytes; a manifest may have ${limit} MB.`, {
    hint: "Check what the file holds; no package manager writes a manifest of that size.",
  });
}

/** Undefined for what is no text in any of the encodings that we know. */
function decode(bytes: Buffer): string | undefined {
  // PowerShell's `pip freeze > requirements.txt` writes UTF-16.
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decodeUtf16("utf-16le", bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decodeUtf16("utf-16be", bytes);
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function decodeUtf16(encoding: "utf-16le" | "utf-16be", bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function realFolder(path: string): string {
  const root = readable(path, () => realPath(path));
  if (!readable(path, () => statSync(root)).isDirectory()) {
    throw new LeashError("detect/unreadable", `${path} is not a folder.`, {
      hint: "Name the folder that the app is in.",
    });
  }
  return root;
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !posix.isAbsolute(way);
}

/** Turns the system's error into ours. */
function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LeashError) throw error;
    const missing = errorCode(error) === "ENOENT";
    throw new LeashError("detect/unreadable", `${path} can't be read: ${errorCode(error) ?? errorMessage(error)}.`, {
      hint: missing ? "Check the path." : "Check that your user may read it.",
      cause: error,
    });
  }
}
