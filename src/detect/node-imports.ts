import { posix } from "node:path";
import type { FileView } from "./file-view";
import { quietly } from "./quietly";
import { type Aliases, workspaceFiles } from "./script-aliases";

const sources = /\.(?:[cm]?[jt]sx?|vue|svelte|astro)$/;
const aside = /\.(?:d|test|spec|stories|e2e|config)\.[cm]?[jt]sx?$/;
const passedBy =
  /^(?:\..*|node_modules|dist|build|out|public|static|assets|vendor|coverage|__tests__|__mocks__|tests?|e2e|cypress|playwright|examples?|docs?|locales?|migrations)$/;
/** Where apps keep what runs on their server, by custom: it is looked at first. */
const likely = /^(?:src|app|pages|server|api|lib|trpc|db|database|utils|actions|routes|middleware|services?)$/;

/** An app with more files is taken at its manifest's word. */
const mostFiles = 400;
const mostFolders = 400;
/** Where different imports lead is looked up no more often. */
const mostQuestions = 4000;
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

/**
 * Which of these packages the sources of a folder import for more than types, be it by way of the workspace's sources that they
 * import by an alias.
 */
export function importedPackages(view: FileView, wanted: ReadonlySet<string>, aliases: Aliases = []): Imported {
  const found = new Set<string>();
  const others = new Set<string>();
  const asked = new Set<string>();
  const follow = (specifier: string, file: string | undefined) => {
    const isNear = specifier.startsWith(".");
    // The app's own files are looked at anyway.
    if (aliases.length === 0 || (isNear && file === undefined) || asked.size > mostQuestions) return;
    const question = isNear ? `${file}:${specifier}` : specifier;
    if (asked.has(question)) return;
    asked.add(question);
    for (const path of workspaceFiles(view, specifier, aliases, file)) others.add(path);
  };
  const look = (text: string, file?: string) => {
    for (const specifier of valuesIn(text)) {
      const name = packageOf(specifier);
      // Of Prisma's client many take the enums of their schema alone.
      if (name === "@prisma/client" && !/\bPrisma(?:Client|Service|Module)\b/.test(text)) continue;
      if (wanted.has(name)) found.add(name);
      else follow(specifier, file);
    }
  };
  const whole = readSources(view, (text) => {
    look(text);
    return found.size < wanted.size;
  });
  let files = 0;
  // What is added while it runs is looked at too.
  for (const file of others) {
    if (++files > mostFiles) return { found, whole: false };
    look((quietly(() => view.readText(file)) ?? "").slice(0, longestFile), file);
  }
  return { found, whole: whole && asked.size <= mostQuestions };
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

/** What a source imports values of: packages, and files by their path. */
function* valuesIn(text: string): Generator<string> {
  for (const [, clause, from, bare] of text.matchAll(imports)) {
    if (clause === undefined || !isOfTypes(clause)) yield from ?? bare!;
  }
}

function packageOf(specifier: string): string {
  const [first, second] = specifier.split("/");
  return first!.startsWith("@") ? `${first}/${second}` : first!;
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
