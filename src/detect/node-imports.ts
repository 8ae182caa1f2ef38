import { posix } from "node:path";
import type { FileView } from "./file-view";

const sources = /\.(?:[cm]?[jt]sx?|vue|svelte|astro)$/;
const aside = /\.(?:d|test|spec|stories|e2e|config)\.[cm]?[jt]sx?$/;
const passedBy =
  /^(?:\..*|node_modules|dist|build|out|public|static|assets|vendor|coverage|__tests__|__mocks__|tests?|e2e|cypress|playwright|examples?|docs?|locales?|migrations)$/;
/** Where apps keep what runs on their server, by custom: it is looked at first. */
const likely = /^(?:src|app|pages|server|api|lib|trpc|db|database|utils|actions|routes|middleware|services?)$/;

/** An app with more files is taken at its manifest's word. */
const mostFiles = 400;
const mostFolders = 400;
const deepest = 9;
const longestFile = 200_000;

/** `import x from "y"`, `export … from "y"`, `import "y"`, `import("y")`, `require("y")`. */
const imports =
  /\b(?:import|export)\s+([^'"`;()]{0,1000}?)\bfrom\s*["']([^"'\n]+)["']|\b(?:import|require)\s*\(?\s*["']([^"'\n]+)["']/g;

export interface Imported {
  found: ReadonlySet<string>;
  /** Whether all sources were looked at. */
  whole: boolean;
}

/** Which of these packages the sources of a folder import for more than types. */
export function importedPackages(view: FileView, wanted: ReadonlySet<string>): Imported {
  const found = new Set<string>();
  const whole = readSources(view, (text) => {
    for (const imported of valuesIn(text)) if (wanted.has(imported)) found.add(imported);
    return found.size < wanted.size;
  });
  return { found, whole };
}

/**
 * Whether all that a folder's sources take of MongoDB's driver is its notation of documents (`ObjectId`): none names the client
 * that would connect.
 */
export function takesMongoTypesAlone(view: FileView): boolean {
  let imported = false;
  let connects = false;
  const whole = readSources(view, (text) => {
    imported ||= /["']mongodb["']/.test(text);
    connects ||= /\bMongoClient\b/.test(text);
    return !connects;
  });
  return whole && imported && !connects;
}

/** Gives the sources of a folder to `see`, the likely folders first, until it has seen enough; whether there were no more. */
function readSources(view: FileView, see: (text: string) => boolean): boolean {
  const folders = [{ path: "", depth: 0 }];
  let files = 0;
  for (let at = 0; at < folders.length; at++) {
    const { path, depth } = folders[at]!;
    const names = quietly(() => view.list(path)) ?? [];
    for (const name of names.filter((one) => sources.test(one) && !aside.test(one))) {
      if (++files > mostFiles) return false;
      const text = quietly(() => view.readText(posix.join(path, name))) ?? "";
      if (!see(text.slice(0, longestFile))) return true;
    }
    const inside = names.filter((name) => !name.includes(".") && !passedBy.test(name));
    for (const name of [...inside.filter((one) => likely.test(one)), ...inside.filter((one) => !likely.test(one))]) {
      const folder = posix.join(path, name);
      if (quietly(() => view.kindOf(folder)) !== "folder") continue;
      if (depth === deepest || folders.length === mostFolders) return false;
      folders.push({ path: folder, depth: depth + 1 });
    }
  }
  return true;
}

/** The packages that a source imports values of. */
function* valuesIn(text: string): Generator<string> {
  for (const [, clause, from, bare] of text.matchAll(imports)) {
    const specifier = from ?? bare!;
    if (specifier.startsWith(".") || (clause !== undefined && isOfTypes(clause))) continue;
    const [first, second] = specifier.split("/");
    yield first!.startsWith("@") ? `${first}/${second}` : first!;
  }
}

/** `type A`, `type { A }`, `{ type A, type B }`. */
function isOfTypes(clause: string): boolean {
  if (/^type\b/.test(clause)) return true;
  const named = /^\{([^}]*)\}\s*$/
    .exec(clause)?.[1]
    ?.split(",")
    .filter((one) => one.trim() !== "");
  return named !== undefined && named.length > 0 && named.every((one) => /^\s*type\s/.test(one));
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
