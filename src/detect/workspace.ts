import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, posix, relative, resolve, sep } from "node:path";
import { parseJsonDocument } from "./documents/json";
import { parseYamlDocuments } from "./documents/yaml";
import { type FileView, openFolder } from "./file-view";
import type { ManifestReading } from "./manifests/manifest";
import { Source } from "./place";

const gradleSettings = ["settings.gradle", "settings.gradle.kts"];
/** Files that stand at the root of a workspace of many packages. */
const rootMarkers = [
  "pnpm-workspace.yaml",
  "go.work",
  "lerna.json",
  "nx.json",
  "turbo.json",
  "rush.json",
  ...gradleSettings,
];
/** Files that may, and say so themselves. */
const sayingMarkers: readonly [file: string, says: RegExp][] = [
  ["package.json", /"workspaces"\s*:/],
  ["Cargo.toml", /^\s*\[workspace[\].]/m],
  ["pyproject.toml", /^\s*\[tool\.uv\.workspace\]/m],
  ["pom.xml", /<modules>/],
];

/** Nobody nests workspaces deeper. */
const highest = 8;
const mostMembers = 400;
const mostLocals = 40;
const notMembers =
  /^(node_modules|\..*|dist|build|out|target|vendor|coverage|test|tests|__tests__|fixtures|e2e|examples?)$/;

/**
 * An app's folder as its view. Where it is part of a workspace (npm, pnpm, Cargo, Go, …), paths may climb up to the
 * workspace's root, and no further.
 * @throws LeashError `detect/unreadable`
 */
export function openApp(folder: string): FileView {
  const root = workspaceRoot(resolve(folder));
  if (root === undefined) return openFolder(folder);
  // The folder itself must be there, whatever stands above it.
  openFolder(folder);
  return subView(openFolder(root), relative(root, resolve(folder)).split(sep).join("/"));
}

/** A folder of a view as a view of its own; `../x` leads to its neighbours. */
export function subView(view: FileView, folder: string): FileView {
  const at = (path: string) => posix.join(folder, path);
  return {
    kindOf: (path) => view.kindOf(at(path)),
    readText: (path) => view.readText(at(path)),
    list: (path) => view.list(at(path)),
  };
}

/** The nearest folder above that is a workspace's root; a repository's root is the last that is looked at. */
function workspaceRoot(folder: string): string | undefined {
  let current = folder;
  for (let height = 0; height < highest; height++) {
    if (existsSync(resolve(current, ".git"))) return undefined;
    const above = dirname(current);
    if (above === current) return undefined;
    current = above;
    if (isRoot(current)) return current;
  }
  return undefined;
}

function isRoot(folder: string): boolean {
  const has = (name: string) => existsSync(resolve(folder, name));
  const names = quietly(() => readdirSync(folder)) ?? [];
  if (names.some((name) => rootMarkers.includes(name) || /\.slnx?$/.test(name))) return true;
  return sayingMarkers.some(
    ([file, says]) => has(file) && says.test(quietly(() => readFileSync(resolve(folder, file), "utf8")) ?? ""),
  );
}

/**
 * The folders of the workspace's packages that an app needs where it runs, also by way of others; relative to the app.
 * @param read what the manifests in such a folder say; of a broken one nothing
 */
export function localPackages(
  view: FileView,
  own: readonly ManifestReading[],
  read: (view: FileView) => readonly ManifestReading[],
): { folder: string; view: FileView; readings: readonly ManifestReading[] }[] {
  const members = namedMembers(view);
  const found = new Map<string, { folder: string; view: FileView; readings: readonly ManifestReading[] }>();
  const follow = (readings: readonly ManifestReading[], from: string) => {
    for (const folder of readings.flatMap((reading) => foldersOf(reading, members, from))) {
      if (folder === "" || folder === "." || found.has(folder) || found.size === mostLocals) continue;
      if (quietly(() => view.kindOf(folder)) !== "folder") continue;
      const sub = subView(view, folder);
      const inside = { folder, view: sub, readings: read(sub) };
      found.set(folder, inside);
      follow(inside.readings, folder);
    }
  };
  follow(own, "");
  return [...found.values()];
}

function foldersOf(
  { dependencies, local = [] }: ManifestReading,
  members: ReadonlyMap<string, string>,
  from: string,
): string[] {
  const byName = dependencies.flatMap(({ name, scope }) => (scope === "runtime" ? (members.get(name) ?? []) : []));
  return [...local.map((folder) => posix.join(from, folder)), ...byName];
}

/** The packages of the npm workspace that the app is part of: names to folders, relative to the app. */
function namedMembers(view: FileView): Map<string, string> {
  const members = new Map<string, string>();
  if (quietly(() => view.kindOf("package.json")) !== "file") return members;
  for (let height = 0, up = ".."; height < highest; height++, up = posix.join(up, "..")) {
    if (quietly(() => view.kindOf(up)) !== "folder") return members;
    const folders = nodeMembers(view, up);
    if (folders.length === 0) continue;
    for (const folder of folders) {
      const name = quietly(() => jsonString(view, `${folder}/package.json`, "name"));
      if (name) members.set(name, folder);
    }
    return members;
  }
  return members;
}

/** The folders of a workspace's members below its root, of every kind of workspace that can be read. */
export function workspaceMembers(view: FileView): string[] {
  const cargo = quietly(() => listIn(view, "Cargo.toml", /^\s*members\s*=\s*\[([^\]]*)\]/m)) ?? [];
  const uv =
    quietly(() => listIn(view, "pyproject.toml", /\[tool\.uv\.workspace\][^[]*?members\s*=\s*\[([^\]]*)\]/)) ?? [];
  const go = quietly(() => goUses(view)) ?? [];
  const folders = [
    ...nodeMembers(view, "."),
    ...expand(view, ".", [...cargo, ...uv]),
    ...go.map((path) => posix.normalize(path)),
  ];
  return [...new Set(folders)].filter((folder) => folder !== "." && !folder.startsWith("..")).sort();
}

function nodeMembers(view: FileView, root: string): string[] {
  const patterns = quietly(() => nodePatterns(view, root)) ?? [];
  return expand(view, root, patterns).filter(
    (folder) => quietly(() => view.kindOf(`${folder}/package.json`)) === "file",
  );
}

function nodePatterns(view: FileView, root: string): string[] {
  const pnpm = posix.join(root, "pnpm-workspace.yaml");
  if (view.kindOf(pnpm) === "file") {
    const [document] = parseYamlDocuments(new Source(pnpm, view.readText(pnpm)));
    return document?.strings("packages")?.map(({ text }) => text) ?? [];
  }
  const file = posix.join(root, "package.json");
  if (view.kindOf(file) !== "file") return [];
  const { workspaces } = JSON.parse(view.readText(file)) as { workspaces?: unknown };
  // yarn's older way: { "packages": [ … ] }
  return strings(Array.isArray(workspaces) ? workspaces : (workspaces as { packages?: unknown } | undefined)?.packages);
}

/** The folders that patterns such as `apps/*`, `packages/**` and `!packages/old` mean. */
function expand(view: FileView, root: string, patterns: readonly string[]): string[] {
  const left = new Set<string>();
  for (const pattern of patterns) {
    const isNot = pattern.startsWith("!");
    const segments = pattern
      .replace(/^!/, "")
      .replace(/\/+$/, "")
      .split("/")
      .filter((part) => part !== "" && part !== ".");
    for (const folder of matching(view, root, segments, 0)) {
      if (isNot) left.delete(folder);
      else if (left.size < mostMembers) left.add(folder);
    }
  }
  return [...left];
}

function matching(view: FileView, folder: string, [first, ...rest]: readonly string[], depth: number): string[] {
  if (first === undefined) return [folder];
  if (first === "..") return [];
  if (!first.includes("*")) return matching(view, posix.join(folder, first), rest, depth + 1);
  if (depth > 4) return [];
  const inside = foldersIn(view, folder);
  if (first === "**") {
    const deeper = inside.flatMap((one) => matching(view, one, [first, ...rest], depth + 1));
    return [...(rest.length === 0 ? inside : matching(view, folder, rest, depth + 1)), ...deeper];
  }
  const [before = "", after = ""] = first.split("*");
  const fitting = inside.filter((one) => posix.basename(one).startsWith(before) && one.endsWith(after));
  return fitting.flatMap((one) => matching(view, one, rest, depth + 1));
}

function foldersIn(view: FileView, folder: string): string[] {
  if (quietly(() => view.kindOf(folder)) !== "folder") return [];
  const names = (quietly(() => view.list(folder)) ?? []).filter((name) => !notMembers.test(name));
  return names
    .slice(0, mostMembers)
    .map((name) => posix.join(folder, name))
    .filter((path) => quietly(() => view.kindOf(path)) === "folder");
}

function listIn(view: FileView, file: string, pattern: RegExp): string[] {
  if (view.kindOf(file) !== "file") return [];
  const list = pattern.exec(view.readText(file))?.[1] ?? "";
  return [...list.matchAll(/["']([^"']+)["']/g)].map(([, member]) => member!);
}

/** `use ./api` and `use ( … )`. */
function goUses(view: FileView): string[] {
  if (view.kindOf("go.work") !== "file") return [];
  const text = view.readText("go.work").replace(/\/\/[^\n]*/g, "");
  const blocks = [...text.matchAll(/^\s*use\s*(?:\(([^)]*)\)|(\S+))/gm)];
  return blocks.flatMap(([, block, one]) => (block ?? one ?? "").split(/\s+/)).filter((path) => path !== "");
}

function jsonString(view: FileView, file: string, key: string): string | undefined {
  return parseJsonDocument(new Source(file, view.readText(file))).string(key);
}

const strings = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((one): one is string => typeof one === "string") : [];

/** A workspace around the app that can't be read is none: what builds it tells better. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
