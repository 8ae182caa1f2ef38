import { posix } from "node:path";
import { parseJsonDocument } from "./documents/json";
import { driverTable } from "./drivers";
import { isLibrary } from "./drivers/row";
import { Faults } from "./faults";
import type { FileView } from "./file-view";
import { frameworks } from "./frameworks";
import { drawing } from "./language";
import type { Dependency, ManifestReading } from "./manifests/manifest";
import { importedPackages } from "./node-imports";
import { inFolder, Source } from "./place";
import { aliasesOf } from "./script-aliases";
import { subView } from "./workspace";

const rows = driverTable.node;
const adapters = new Map(rows.flatMap((row) => (isLibrary(row) ? Object.entries(row.adapters ?? {}) : [])));
const drivers = new Set(rows.flatMap((row) => (isLibrary(row) ? [] : row.packages)).concat([...adapters.keys()]));
const ofPostgres = new Set(
  rows.flatMap((row) => (!isLibrary(row) && row.service === "postgresql" ? row.packages : [])),
);
/** They load their driver themselves. */
const libraries = new Set(rows.flatMap((row) => (isLibrary(row) ? row.packages : [])));

const servers = new Set(
  frameworks.flatMap(({ ecosystem, server, packages }) => (ecosystem === "node" && server ? packages : [])),
);

/**
 * An app whose workspace installs everything at its root has no dependencies of its own (Nx's have no manifest at all). The
 * root's are everybody's: which of its drivers are this app's, its imports say. What draws and imports no server's framework
 * runs at its users, and takes types of drivers at most.
 */
export function readHoisted(
  view: FileView,
  names: readonly string[],
  read: (view: FileView) => readonly ManifestReading[],
): ManifestReading[] {
  const isRoot = names.includes("project.json") ? isNxRoot : names.includes("package.json") ? isNodeRoot : undefined;
  const up = isRoot && ["..", "../..", "../../.."].find((folder) => isRoot(view, folder));
  if (up === undefined) return [];
  const readings = read(subView(view, up));
  const all = readings.flatMap(({ dependencies }) => dependencies.map(({ name }) => name));
  const { found, whole } = importedPackages(view, new Set(all.filter(isTelling)), aliasesOf(view, up));
  const atUsers = [...found].some((name) => drawing.test(name)) && ![...found].some((name) => servers.has(name));
  const loads = [...found].filter((name) => libraries.has(name));
  // Prisma connects by itself or by an adapter; the others load a driver.
  const loadsDriver = loads.some((name) => !/prisma/.test(name));
  const isLoaded = (name: string) =>
    (loadsDriver && ofPostgres.has(name)) || (loads.length > 0 && adapters.get(name) === "postgresql");
  const isOthers = ({ name }: Dependency) => {
    if (atUsers) return drivers.has(name) || libraries.has(name) || servers.has(name);
    return drivers.has(name) && !found.has(name) && !isLoaded(name);
  };
  const isDoubted = (one: Dependency) =>
    one.scope === "runtime" && (isOthers(one) || (libraries.has(one.name) && !found.has(one.name)));
  const local = localOf(view, up);
  return readings.map((reading) => ({
    ...reading,
    dependencies: reading.dependencies
      .filter((one) => !whole || !isOthers(one))
      .map((one) => (isDoubted(one) ? { ...one, scope: "optional" as const } : one))
      .map((one) => ({ ...one, place: inFolder(up, one.place) })),
    local,
  }));
}

/** Whether a workspace's package installs nothing itself. */
export function isBare(readings: readonly ManifestReading[]): boolean {
  return readings.every(({ language, dependencies, local = [] }) => {
    return language === "node" && dependencies.length === 0 && local.length === 0;
  });
}

const isNxRoot = (view: FileView, folder: string) => view.kindOf(`${folder}/nx.json`) === "file";
const isNodeRoot = (view: FileView, folder: string) =>
  isNxRoot(view, folder) || view.kindOf(`${folder}/pnpm-workspace.yaml`) === "file";

const isTelling = (name: string) => drivers.has(name) || libraries.has(name) || servers.has(name) || drawing.test(name);

/** The folders of the projects that `project.json` says are built in, though nothing imports them. */
function localOf(view: FileView, up: string): string[] {
  const faults = new Faults();
  const read = () => parseJsonDocument(new Source("project.json", view.readText("project.json")));
  const names = faults.collect(() => read().strings("implicitDependencies"), undefined) ?? [];
  return names
    .filter(({ text }) => /^[\w-]+$/.test(text))
    .flatMap(({ text }) => projectFolders.map((folder) => posix.join(up, folder, text)))
    .filter((folder) => view.kindOf(folder) === "folder");
}

const projectFolders = ["packages", "libs", "apps"];
