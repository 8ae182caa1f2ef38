import { driverTable } from "./drivers";
import { isLibrary } from "./drivers/row";
import type { FileView } from "./file-view";
import type { Dependency, ManifestReading } from "./manifests/manifest";
import { importedPackages } from "./node-imports";
import { inFolder } from "./place";
import { subView } from "./workspace";

const rows = driverTable.node;
const drivers = new Set(rows.flatMap((row) => (isLibrary(row) ? [] : row.packages)));
const ofPostgres = new Set(
  rows.flatMap((row) => (!isLibrary(row) && row.service === "postgresql" ? row.packages : [])),
);
/** They load their driver themselves. */
const libraries = new Set(rows.flatMap((row) => (isLibrary(row) ? row.packages : [])));

/**
 * An app of an Nx workspace has no manifest of its own. The root's is everybody's: which of its drivers are this app's, its
 * imports say.
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
  const wanted = new Set(all.filter((name) => drivers.has(name) || libraries.has(name)));
  const { found, whole } = importedPackages(view, wanted);
  const loads = [...found].some((name) => libraries.has(name));
  const isOthers = ({ name }: Dependency) => drivers.has(name) && !found.has(name) && !(loads && ofPostgres.has(name));
  return readings.map((reading) => ({
    ...reading,
    dependencies: reading.dependencies
      .filter((one) => !whole || !isOthers(one))
      .map((one) => (isOthers(one) ? { ...one, scope: "optional" as const } : one))
      .map((one) => ({ ...one, place: inFolder(up, one.place) })),
  }));
}
