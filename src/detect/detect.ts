import { posix } from "node:path";
import { LeashError } from "../errors";
import type { AppFiles } from "./configs/config";
import { configReaders } from "./configs/readers";
import { Faults } from "./faults";
import type { FileView } from "./file-view";
import { decideLanguage, findFramework } from "./language";
import { manifestKinds } from "./manifests/kinds";
import type { ManifestReading } from "./manifests/manifest";
import { type Place, Source } from "./place";
import { type Decisions, describeServices, type Finding, findDrivers } from "./services";
import type { Detection } from "./types";
import { findNamedVariables } from "./variables";
import { localPackages } from "./workspace";

/**
 * Detects an app's language, framework and services from the manifests and configs in its folder, and in those of the
 * workspace's packages that it is built with.
 *
 * @param folderName the app's name where no manifest gives one
 * @throws LeashError `detect/no-manifest`; the fault of a manifest (`detect/broken-manifest`, `detect/not-text`,
 *   `detect/too-large`, `detect/unreadable`), or `detect/faults` when there are several
 */
export function detectApp(view: FileView, folderName: string): Detection {
  const faults = new Faults();
  const names = view.list("");
  const readings = readManifests(view, names, faults);
  const decisions = readConfigs({ view, names, readings, faults });
  const named = findNamedVariables(view, names, faults);
  faults.throwIfAny();
  if (readings.length === 0 && Object.keys(decisions).length === 0) throw noManifest(folderName);

  const own = findDrivers(readings, decisions);
  const findings = [...own, ...findInPackages(view, readings)];
  const language = decideLanguage(readings, own);
  const ofLanguage = readings.filter((reading) => reading.language === language);
  return {
    name: ofLanguage.find(({ name }) => name !== undefined)?.name ?? (folderName || "app"),
    language,
    framework: findFramework(readings, language)?.id ?? null,
    services: describeServices(findings, named, language),
  };
}

function readManifests(view: FileView, names: readonly string[], faults: Faults): ManifestReading[] {
  return manifestKinds.flatMap((kind) => {
    const files = faults.collect(() => kind.find(view, names), []);
    return files.flatMap((file) => faults.collect(() => [kind.read(view, file, faults)], []));
  });
}

function readConfigs(app: AppFiles): Decisions {
  const decisions: Decisions = {};
  for (const { decides, read } of configReaders) {
    const said = app.faults.collect(() => read(app), []);
    if (said.length > 0) decisions[decides] = said;
  }
  return decisions;
}

/** What the workspace's packages bring along. A fault in one of them is not the app's. */
function findInPackages(view: FileView, readings: readonly ManifestReading[]): Finding[] {
  const read = (inside: FileView) => {
    const ignored = new Faults();
    return ignored.collect(() => readManifests(inside, inside.list(""), ignored), []);
  };
  return localPackages(view, readings, read).flatMap(({ folder, view: inside, readings: theirs }) => {
    const faults = new Faults();
    const names = faults.collect(() => inside.list(""), []);
    const decisions = readConfigs({ view: inside, names, readings: theirs, faults });
    return findDrivers(theirs, decisions).map((finding) => ({ ...finding, place: inFolder(folder, finding.place) }));
  });
}

/** The same line, named from the app's folder. */
function inFolder(folder: string, { source, line }: Place): Place {
  return { source: new Source(posix.join(folder, source.file), source.text), line };
}

function noManifest(folderName: string): LeashError {
  const titles = manifestKinds.map(({ title }) => title).join(", ");
  return new LeashError("detect/no-manifest", `There is no manifest of an app in the folder "${folderName}".`, {
    hint: `Leash looks for ${titles} and Prisma schemas: name the folder that has one of them.`,
  });
}
