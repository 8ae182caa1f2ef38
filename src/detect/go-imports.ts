import { posix } from "node:path";
import { goDrivers } from "./drivers/go";
import type { FileView } from "./file-view";
import { normalizeModulePath } from "./manifests/go-mod";
import type { Dependency, ManifestReading } from "./manifests/manifest";
import { Source } from "./place";
import { quietly } from "./quietly";
import { rivalTable } from "./rivals";

/** Where apps keep what connects, by custom: it is looked at first. */
const likely =
  /^(cmd|internal|pkg|app|api|server|src|backend|db|database|databases|sql|store|stores|storage|data|dao|repo|repository|repositories|persistence|models?|postgres|postgresql|pg|mongo|mongodb|redis|cache|queue|infra|infrastructure|adapters?|config|migrations?|services?)$/;
const passedBy = /^([._].*|vendor|testdata|node_modules|third_party|web|ui|frontend)$/;
/** What is in them is not deployed. */
const aside = /^(examples?|docs?|tests?|testing|testutils?|e2e|integration|integration_?tests?|hack|tools|mocks?)$/;

/** An app whose connections stand deeper, or behind more files, is taken at its go.mod's word. */
const mostFiles = 400;
const mostFolders = 250;
const deepest = 6;
/** Imports stand at a file's beginning. */
const longestHead = 20_000;

const paths = goDrivers.flatMap(({ packages }) => packages);
const others = Object.values(rivalTable.go ?? {}).flat();

/**
 * Go's manifest doesn't say what only tests need, and an untidy one calls `indirect` what the app imports itself, or names
 * a module that has a package for each database. Where it names such, the app's imports decide.
 */
export function withImports(view: FileView, reading: ManifestReading): ManifestReading {
  if (reading.language !== "go") return reading;
  const { dependencies, indirect = [] } = reading;
  const direct = dependencies.filter(({ name }) => paths.includes(name));
  const carried = paths.filter((path) => dependencies.some(({ name }) => path.startsWith(`${name}/`)));
  const hidden = indirect.filter(({ name }) => paths.includes(name)).map(({ name }) => name);
  const wanted = new Set([...direct.map(({ name }) => name), ...carried, ...hidden]);
  if (wanted.size === 0) return reading;

  // Whether another database's driver is the app's or its tests' counts where there is one of these.
  for (const { name } of dependencies) if (others.includes(name)) wanted.add(name);
  const { found, tested, whole } = findImports(view, wanted);
  const forTests = (name: string) => whole && !found.has(name) && tested.has(name);
  const added = [...found].filter(([name]) => !dependencies.some((one) => one.name === name));
  return {
    ...reading,
    dependencies: [
      ...dependencies.map((one) => (forTests(one.name) ? { ...one, scope: "development" as const } : one)),
      ...added.map(([name, place]): Dependency => ({ name, extras: [], scope: "runtime", place })),
    ],
  };
}

interface Imports {
  /** Where the app itself imports them. */
  found: Map<string, Dependency["place"]>;
  /** What tests import. */
  tested: Set<string>;
  /** Whether all files were looked at. */
  whole: boolean;
}

function findImports(view: FileView, wanted: ReadonlySet<string>): Imports {
  const imports: Imports = { found: new Map(), tested: new Set(), whole: false };
  const folders: { path: string; depth: number; isAside: boolean }[] = [{ path: "", depth: 0, isAside: false }];
  let files = 0;
  let cut = false;
  for (let at = 0; at < folders.length; at++) {
    const { path, depth, isAside } = folders[at]!;
    const names = quietly(() => view.list(path)) ?? [];
    // A folder with a module of its own is another app's.
    if (depth > 0 && names.includes("go.mod")) continue;
    for (const name of names.filter((one) => one.endsWith(".go"))) {
      if (++files > mostFiles) return imports;
      readFile(view, posix.join(path, name), isAside, wanted, imports);
    }
    if (imports.found.size === wanted.size) return imports;
    const inside = names.filter((name) => !name.includes(".") && !passedBy.test(name));
    const ordered = [...inside.filter((name) => likely.test(name)), ...inside.filter((name) => !likely.test(name))];
    for (const name of ordered) {
      const folder = posix.join(path, name);
      if (quietly(() => view.kindOf(folder)) !== "folder") continue;
      if (depth === deepest || folders.length === mostFolders) cut = true;
      else folders.push({ path: folder, depth: depth + 1, isAside: isAside || aside.test(name) });
    }
  }
  return { ...imports, whole: !cut };
}

function readFile(
  view: FileView,
  file: string,
  isAside: boolean,
  wanted: ReadonlySet<string>,
  { found, tested }: Imports,
): void {
  const text = quietly(() => view.readText(file))?.slice(0, longestHead);
  if (text === undefined) return;
  const isTest =
    isAside || file.endsWith("_test.go") || /^\/\/go:build .*\b(ignore|tools|integration|e2e)\b/m.test(text);
  for (const { path, offset } of importsIn(text)) {
    const name = nameOf(path, wanted);
    if (name === undefined) continue;
    if (isTest) tested.add(name);
    else if (!found.has(name)) {
      const source = new Source(file, text);
      found.set(name, { source, line: source.position(offset).line });
    }
  }
}

/** `import "x"` and `import ( … )`, each with a name before it or without. */
function* importsIn(text: string): Generator<{ path: string; offset: number }> {
  for (const block of text.matchAll(/^import[ \t]*(?:\(([^)]*)\)|[^\n"]*"[^"\n]*")/gm)) {
    for (const { 1: path, index } of block[0].matchAll(/^[^\n"]*"([^"\n]+)"/gm)) {
      const line = block[0].slice(block[0].lastIndexOf("\n", index) + 1, index + 3);
      if (!/^\s*\/\//.test(line)) yield { path: path!, offset: block.index + index };
    }
  }
}

/** The wanted package that an import is of; what only knows MongoDB's notation of documents connects to nothing. */
function nameOf(path: string, wanted: ReadonlySet<string>): string | undefined {
  const plain = normalizeModulePath(path.replace(/\/v\d+(?=\/)/, ""));
  if (/^go\.mongodb\.org\/mongo-driver\/bson\b/.test(plain)) return undefined;
  const own = [...wanted].filter((name) => plain === name || plain.startsWith(`${name}/`));
  return own.sort((a, b) => b.length - a.length)[0];
}
