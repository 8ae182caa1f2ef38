import { posix } from "node:path";
import { assertFile, decodeText, type EntryKind, type FileView } from "../../src/detect/file-view";
import { LeashError } from "../../src/errors";

/** A folder that exists only in memory: paths to texts (or bytes). A value of null is an entry that is no file. */
export function memoryView(files: Readonly<Record<string, string | Buffer | null>>): FileView {
  const entries = new Map(Object.entries(files));

  function kindOf(path: string): EntryKind | undefined {
    const name = posix.normalize(path || ".");
    if (name === ".." || name.startsWith("../") || posix.isAbsolute(name)) return "outside";
    const entry = entries.get(name);
    if (entry !== undefined) return entry === null ? "other" : "file";
    return name === "." || namesIn(name).length > 0 ? "folder" : undefined;
  }

  function namesIn(folder: string): string[] {
    const prefix = folder === "" || folder === "." ? "" : `${posix.normalize(folder)}/`;
    const inside = [...entries.keys()].filter((path) => path.startsWith(prefix));
    return [...new Set(inside.map((path) => path.slice(prefix.length).split("/", 1)[0] ?? ""))].sort();
  }

  return {
    kindOf,
    readText(path) {
      assertFile(path, kindOf(path));
      return decodeText(path, Buffer.from(entries.get(posix.normalize(path)) ?? ""));
    },
    list(path) {
      if (kindOf(path) !== "folder") throw new LeashError("detect/unreadable", `${path} is not a folder.`);
      return namesIn(path);
    },
  };
}
