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
import { subView } from "./workspace";

const rows = driverTable.node;
const drivers = new Set(rows.flatMap((row) => (isLibrary(row) ? Object.keys(row.adapters ?? {}) : row.packages)));
const ofPostgres = new Set(
  rows.flatMap((row) => {
    if (!isLibrary(row)) return row.service === "postgresql" ? row.packages : [];
    return Object.entries(row.adapters ?? {}).flatMap(([name, service]) => (service === "postgresql" ? name : []));
  }),
);
/** They load their driver themselves. */
const libraries = new Set(rows.flatMap((row) => (isLibrary(row) ? row.packages : [])));

const servers = new Set(
  frameworks.flatMap(({ ecosystem, server, packages }) => (ecosystem === "node" && server ? packages : [])),
);

/**
 * An app of an Nx workspace has no manifest of its own. The root's is everybody's: which of its drivers are this app's, its
 * imports say. What draws and imports no server's framework runs at its users, and takes types of drivers at most.
 */
export function readHoisted(
  view: FileView,
  names: readonly string[],
  read: (view: FileView) => readonly ManifestReading[],
): ManifestReading[] {
  if (!names.includes("project.json")) return [];
  const up = ["..", "../..", "../../.."].find((folder) => view.kindOf(`${folder}/nx.json`) === "file");
  if (up === undefined) return [];
  const readings = read(subView(view, up));
  const all = readings.flatMap(({ dependencies }) => dependencies.map(({ name }) => name));
  const { found, whole } = importedPackages(view, new Set(all.filter(isTelling)));
  const atUsers = [...found].some((name) => drawing.test(name)) && ![...found].some((name) => servers.has(name));
  const loads = [...found].some((name) => libraries.has(name));
  const isOthers = ({ name }: Dependency) => {
    if (atUsers) return drivers.has(name) || libraries.has(name) || servers.has(name);
    return drivers.has(name) && !found.has(name) && !(loads && ofPostgres.has(name));
  };
  const local = localOf(view, up);
  return readings.map((reading) => ({
    ...reading,
    dependencies: reading.dependencies
      .filter((one) => !whole || !isOthers(one))
      .map((one) => (isOthers(one) ? { ...one, scope: "optional" as const } : one))
      .map((one) => ({ ...one, place: inFolder(up, one.place) })),
    local,
  }));
}

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
