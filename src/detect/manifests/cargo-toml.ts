import { posix } from "node:path";
import type { Located, Table, TableDocument } from "../documents/document";
import { parseTomlDocument } from "../documents/toml";
import type { FileView } from "../file-view";
import { Source } from "../place";
import { type Dependency, type ManifestKind, named } from "./manifest";

/**
 * Rust's manifest. A crate's features are the dependency's extras: `sqlx[postgres]`. What is for tests and for the build
 * does not run where the app runs, and is left out.
 */
export const cargoToml: ManifestKind = {
  title: "Cargo.toml",
  find: named("Cargo.toml"),
  read(view, file, faults) {
    const document = parseTomlDocument(new Source(file, view.readText(file)));
    const workspace = findWorkspace(view, document);
    const local: string[] = [];
    const name = faults.collect(() => document.string("package", "name"), undefined);
    const enabled = defaultFeatures(document);
    const tables = [document.root, ...targets(document)].flatMap((table) => {
      const found = table.get("dependencies")?.value;
      return found instanceof Map ? found : [];
    });
    const dependencies = tables.flatMap((table) => {
      return [...table].flatMap(([key, wanted]) => {
        const folder = folderOf(key, wanted, workspace);
        if (folder !== undefined) local.push(folder);
        return readDependency(document, key, wanted, enabled, workspace.dependencies);
      });
    });
    const optional = optionalFeatures(document, dependencies);
    return {
      language: "rust",
      ...(name ? { name } : {}),
      dependencies: [...dependencies, ...optional],
      local,
      document,
    };
  },
};

/** The tables `[target.'cfg(…)']`. */
function targets(document: TableDocument): Table[] {
  const found = document.root.get("target")?.value;
  return found instanceof Map ? [...found.values()].flatMap(({ value }) => (value instanceof Map ? value : [])) : [];
}

function readDependency(
  document: TableDocument,
  key: string,
  wanted: Located,
  enabled: ReadonlyMap<string, ReadonlySet<string>>,
  workspace: Table | undefined,
): Dependency[] {
  const table = wanted.value instanceof Map ? wanted.value : undefined;
  if (typeof wanted.value !== "string" && table === undefined) {
    throw document.wrongShape(wanted, ["dependencies", key], "a version or a table");
  }
  const inherited = table?.get("workspace")?.value === true ? inheritedFrom(workspace, key) : undefined;
  const renamed = table?.get("package")?.value ?? inherited?.get("package")?.value;
  const name = normalizeCrateName(typeof renamed === "string" ? renamed : key);
  const features = [...featuresOf(table), ...featuresOf(inherited), ...(enabled.get(key) ?? [])];
  const optional = table?.get("optional")?.value === true && !enabled.has(key);
  return [
    {
      name,
      extras: [...new Set(features)],
      scope: optional ? "optional" : "runtime",
      place: document.place(wanted),
    },
  ];
}

interface Workspace {
  /** Where its manifest stands, relative to the crate. */
  folder: string;
  dependencies: Table | undefined;
}

/** The manifest that `workspace = true` means: the crate's own, or one above. */
function findWorkspace(view: FileView, own: TableDocument): Workspace {
  const nothing = { folder: "", dependencies: undefined };
  if (own.root.has("workspace")) return { folder: "", dependencies: own.table("workspace", "dependencies") };
  for (let folder = ".."; folder.length < "../../../../../..".length; folder = posix.join(folder, "..")) {
    const file = posix.join(folder, "Cargo.toml");
    if (view.kindOf(folder) !== "folder") return nothing;
    if (view.kindOf(file) !== "file") continue;
    try {
      const document = parseTomlDocument(new Source(file, view.readText(file)));
      if (document.root.has("workspace")) return { folder, dependencies: document.table("workspace", "dependencies") };
    } catch {
      // The workspace's fault; Cargo tells it better.
      return nothing;
    }
  }
  return nothing;
}

function inheritedFrom(workspace: Table | undefined, key: string): Table | undefined {
  const found = workspace?.get(key)?.value;
  return found instanceof Map ? found : undefined;
}

/** The folder of a dependency that is a crate beside this one. */
function folderOf(key: string, { value }: Located, workspace: Workspace): string | undefined {
  if (!(value instanceof Map) || value.get("optional")?.value === true) return undefined;
  const own = value.get("path")?.value;
  if (typeof own === "string") return own;
  if (value.get("workspace")?.value !== true) return undefined;
  const inherited = inheritedFrom(workspace.dependencies, key)?.get("path")?.value;
  return typeof inherited === "string" ? posix.join(workspace.folder, inherited) : undefined;
}

/** What features that are no default turn on of a dependency: `diesel/postgres`. */
function optionalFeatures(document: TableDocument, dependencies: readonly Dependency[]): Dependency[] {
  const features = document.root.get("features")?.value;
  if (!(features instanceof Map)) return [];
  return [...features.values()].flatMap(({ value, offset }): Dependency[] => {
    if (!Array.isArray(value)) return [];
    return value.flatMap(({ value: one }) => {
      const [, key, feature] = (typeof one === "string" && /^([\w-]+)\??\/([\w-]+)$/.exec(one)) || [];
      const known = key && dependencies.find(({ name }) => name === normalizeCrateName(key));
      if (!known || !feature || known.extras.includes(feature)) return [];
      const place = { source: document.source, line: document.source.position(offset).line };
      return [{ name: known.name, extras: [feature], scope: "optional" as const, place }];
    });
  });
}

function featuresOf(table: Table | undefined): string[] {
  const list = table?.get("features")?.value;
  if (!Array.isArray(list)) return [];
  return list.flatMap(({ value }) => (typeof value === "string" ? value : []));
}

/** What `default` turns on, by dependency: itself, and features of it (`dep:sqlx`, `sqlx/postgres`, `sqlx?/postgres`). */
function defaultFeatures(document: TableDocument): Map<string, Set<string>> {
  const features = document.root.get("features")?.value;
  const enabled = new Map<string, Set<string>>();
  if (!(features instanceof Map)) return enabled;
  // What is added while it is walked is walked too; features may go in circles.
  const wanted = new Set(["default"]);
  for (const feature of wanted) {
    const list = features.get(feature)?.value;
    if (!Array.isArray(list)) {
      if (feature !== "default") enabled.set(feature, enabled.get(feature) ?? new Set());
      continue;
    }
    for (const { value } of list) {
      if (typeof value !== "string") continue;
      const [, dependency, weak, more] = /^([\w-]+)(\??)\/([\w-]+)$/.exec(value) ?? [];
      if (dependency !== undefined && more !== undefined) {
        if (weak === "" || enabled.has(dependency))
          enabled.set(dependency, (enabled.get(dependency) ?? new Set()).add(more));
      } else if (value.startsWith("dep:")) {
        const name = value.slice("dep:".length);
        enabled.set(name, enabled.get(name) ?? new Set());
      } else {
        wanted.add(value);
      }
    }
  }
  return enabled;
}

/** Cargo takes `-` and `_` for one; the registry keeps the first that was taken. */
export function normalizeCrateName(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}
