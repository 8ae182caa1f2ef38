import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, posix, relative, resolve, sep } from "node:path";
import { parseJsonDocument } from "./documents/json";
import { parseYamlDocuments } from "./documents/yaml";
import { type FileView, openFolder } from "./file-view";
import { normalizeModulePath } from "./manifests/go-mod";
import type { ManifestReading } from "./manifests/manifest";
import { normalizePythonName } from "./manifests/requirement";
import { Source } from "./place";
import { quietly } from "./quietly";

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
  ["mix.exs", /\bapps_path:/],
  ["package.json", /"workspaces"\s*:/],
  ["Cargo.toml", /^\s*\[workspace[\].]/m],
  ["pyproject.toml", /^\s*\[tool\.uv\.workspace\]/m],
];
const reactorSays = /<modules>/;

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

/**
 * The nearest folder above that is a workspace's root, of Maven's reactors in one another the highest; a repository's root
 * is the last that is looked at.
 */
function workspaceRoot(folder: string): string | undefined {
  let current = folder;
  let reactor: string | undefined;
  for (let height = 0; height < highest; height++) {
    if (existsSync(resolve(current, ".git"))) return reactor;
    const above = dirname(current);
    if (above === current) return reactor;
    current = above;
    const maven = says(current, "pom.xml", reactorSays);
    if (reactor !== undefined && !maven) return reactor;
    if (maven) reactor = current;
    else if (isRoot(current)) return current;
  }
  return reactor;
}

function isRoot(folder: string): boolean {
  const names = quietly(() => readdirSync(folder)) ?? [];
  if (names.some((name) => rootMarkers.includes(name) || /\.slnx?$/.test(name))) return true;
  return sayingMarkers.some(([file, pattern]) => says(folder, file, pattern));
}

function says(folder: string, file: string, pattern: RegExp): boolean {
  const path = resolve(folder, file);
  return existsSync(path) && pattern.test(quietly(() => readFileSync(path, "utf8")) ?? "");
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
  { language, dependencies, local = [] }: ManifestReading,
  members: ReadonlyMap<string, string>,
  from: string,
): string[] {
  const runtime = members.size === 0 ? [] : dependencies.filter(({ scope }) => scope === "runtime");
  const byName = runtime.flatMap(({ name }) => members.get(`${language}:${name}`) ?? []);
  return [...local.map((folder) => posix.join(from, folder)), ...byName];
}

/** The packages of the workspace that the app is part of, by language and name: their folders, relative to the app. */
function namedMembers(view: FileView): Map<string, string> {
  const members = new Map<string, string>();
  for (let height = 0, up = ".."; height < highest && members.size === 0; height++, up = posix.join(up, "..")) {
    if (quietly(() => view.kindOf(up)) !== "folder") return members;
    for (const { language, folder } of membersOf(view, up)) {
      const name = quietly(() => nameOf(language, view, folder));
      if (name) members.set(`${language}:${name}`, folder);
    }
  }
  return members;
}

function nameOf(language: MemberLanguage, view: FileView, folder: string): string | undefined {
  if (language === "node") return jsonString(view, `${folder}/package.json`, "name");
  if (language === "go") {
    const path = /^module\s+"?([^\s"]+)/m.exec(view.readText(`${folder}/go.mod`))?.[1];
    return path && normalizeModulePath(path);
  }
  const name = /^name\s*=\s*["']([^"'\n]+)["']/m.exec(view.readText(`${folder}/pyproject.toml`))?.[1];
  return name && normalizePythonName(name);
}

type MemberLanguage = "node" | "python" | "go" | "rust" | "elixir";

const manifestOf: Readonly<Record<MemberLanguage, string>> = {
  ...{ node: "package.json", python: "pyproject.toml", go: "go.mod", rust: "Cargo.toml", elixir: "mix.exs" },
};

/** The folders of a workspace's members below its root, of every kind of workspace that can be read. */
export function workspaceMembers(view: FileView): string[] {
  const folders = membersOf(view, ".").map(({ folder }) => folder);
  return [...new Set(folders)].filter((folder) => folder !== "." && !folder.startsWith("..")).sort();
}

function membersOf(view: FileView, root: string): { language: MemberLanguage; folder: string }[] {
  const patterns: Readonly<Record<MemberLanguage, () => string[]>> = {
    node: () => nodePatterns(view, root),
    python: () =>
      listIn(view, posix.join(root, "pyproject.toml"), /\[tool\.uv\.workspace\][^[]*?members\s*=\s*\[([^\]]*)\]/),
    go: () => goUses(view, posix.join(root, "go.work")),
    rust: () => listIn(view, posix.join(root, "Cargo.toml"), /^\s*members\s*=\s*\[([^\]]*)\]/m),
    elixir: () => umbrellaPatterns(view, posix.join(root, "mix.exs")),
  };
  return (Object.keys(patterns) as MemberLanguage[]).flatMap((language) => {
    const folders = expand(view, root, quietly(patterns[language]) ?? []);
    const own = folders.filter((folder) => quietly(() => view.kindOf(`${folder}/${manifestOf[language]}`)) === "file");
    return own.map((folder) => ({ language, folder }));
  });
}

/** `apps_path: "apps"` */
function umbrellaPatterns(view: FileView, file: string): string[] {
  if (view.kindOf(file) !== "file") return [];
  const path = /\bapps_path:\s*"([\w/]+)"/.exec(view.readText(file))?.[1];
  return path === undefined ? [] : [`${path}/*`];
}

function nodePatterns(view: FileView, root: string): string[] {
  const pnpm = posix.join(root, "pnpm-workspace.yaml");
  if (view.kindOf(pnpm) === "file") {
    const [document] = parseYamlDocuments(new Source(pnpm, view.readText(pnpm)));
    return document?.strings("packages")?.map(({ text }) => text) ?? [];
  }
  const file = posix.join(root, "package.json");
  if (view.kindOf(file) !== "file") return [];
  const text = view.readText(file);
  if (!text.includes('"workspaces"')) return [];
  const { workspaces } = JSON.parse(text) as { workspaces?: unknown };
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
function goUses(view: FileView, file: string): string[] {
  if (view.kindOf(file) !== "file") return [];
  const text = view.readText(file).replace(/\/\/[^\n]*/g, "");
  const blocks = [...text.matchAll(/^\s*use\s*(?:\(([^)]*)\)|(\S+))/gm)];
  return blocks.flatMap(([, block, one]) => (block ?? one ?? "").split(/\s+/)).filter((path) => path !== "");
}

function jsonString(view: FileView, file: string, key: string): string | undefined {
  return parseJsonDocument(new Source(file, view.readText(file))).string(key);
}

const strings = (list: unknown): string[] =>
  Array.isArray(list) ? list.filter((one): one is string => typeof one === "string") : [];
