import { LeashError } from "../errors";
import type { AppFiles } from "./configs/config";
import { configReaders } from "./configs/readers";
import { doubtAmongRivals, doubtSharedMongo, type Said } from "./doubts";
import { Faults } from "./faults";
import type { FileView } from "./file-view";
import { withImports } from "./go-imports";
import { isBare, readHoisted } from "./hoisted";
import { decideLanguage, findFramework, isForBrowsers, isLibraryCrate } from "./language";
import { manifestKinds } from "./manifests/kinds";
import type { Dependency, ManifestReading } from "./manifests/manifest";
import { findNeeds } from "./needs";
import { takesMongoTypesAlone } from "./node-imports";
import { inFolder } from "./place";
import { type Decisions, describeServices, type Finding, findDrivers } from "./services";
import type { Detection, Language } from "./types";
import { findNamedVariables } from "./variables";
import { localPackages, subView, workspaceMembers } from "./workspace";

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
  const own = readManifests(view, names, faults);
  const whole = isBare(own) ? [...own, ...readHoisted(view, names, readOthers)] : own;
  const readings = whole.map((reading) => (hasServer(whole, reading.language) ? reading : doubtModules(reading)));
  const decisions = readConfigs({ view, names, readings, faults });
  const named = findNamedVariables(view, names, faults);
  faults.throwIfAny();
  if (readings.length === 0 && Object.keys(decisions).length === 0) throw noManifest(folderName);

  const found = doubtSharedMongo(findDrivers(readings, decisions), view, names);
  const direct = doubtAmongRivals(found, readings, { view, named });
  const language = decideLanguage(readings, direct);
  const doubt = isForBrowsers(readings, language) ? ofBrowsers : isLibraryCrate(view, names) ? ofLibrary : undefined;
  const ofPackages = findInPackages(view, readings, { view, named }).map((finding) => doubted(finding, doubt));
  const ofMembers = hasServer(readings, language) ? [] : findInMembers(view, { view, named });
  const findings = [...direct, ...ofPackages, ...ofMembers];
  const ofLanguage = readings.filter((reading) => reading.language === language);
  const services = describeServices(findings, named, language);
  const needs = services.some(({ service }) => service === "postgresql") ? findNeeds(readings) : [];
  return {
    name: ofLanguage.find(({ name }) => name !== undefined)?.name ?? (folderName || "app"),
    language,
    framework: findFramework(readings, language)?.id ?? null,
    services,
    ...(needs.length > 0 && { needs }),
  };
}

function readManifests(view: FileView, names: readonly string[], faults: Faults): ManifestReading[] {
  return manifestKinds.flatMap((kind) => {
    const files = faults.collect(() => kind.find(view, names), []);
    return files.flatMap((file) => faults.collect(() => [withImports(view, kind.read(view, file, faults))], []));
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

function readOthers(view: FileView): ManifestReading[] {
  const ignored = new Faults();
  return ignored.collect(() => readManifests(view, view.list(""), ignored), []);
}

/** Pages and phones get the types of a package that talks to a database, and not its connection. */
const ofBrowsers = "a package that an app for browsers may take its types of";
const ofLibrary = "a package of a library's, which runs in another app";

function doubted(finding: Finding, doubt: string | undefined): Finding {
  if (finding.service === undefined || doubt === undefined) return finding;
  return { ...finding, verdict: "maybe", says: `${finding.says}; ${doubt}` };
}

const hasServer = (readings: readonly ManifestReading[], language: Language) =>
  findFramework(readings, language)?.server === true;

/** A module that serves nobody may be a library: what other modules bring to it, who takes it may leave out. */
function doubtModules(reading: ManifestReading): ManifestReading {
  if (!reading.dependencies.some(({ ofModule }) => ofModule)) return reading;
  const dependencies = reading.dependencies.map((one): Dependency => {
    return one.ofModule && one.scope === "runtime" ? { ...one, scope: "optional" } : one;
  });
  return { ...reading, dependencies };
}

/** A workspace's root that is no server itself is deployed with its members in it. */
function findInMembers(view: FileView, said: Said): Finding[] {
  return workspaceMembers(view).flatMap((folder) => {
    const inside = subView(view, folder);
    return findIn(folder, inside, readOthers(inside), said);
  });
}

/** What the workspace's packages bring along. A fault in one of them is not the app's. */
function findInPackages(view: FileView, readings: readonly ManifestReading[], said: Said): Finding[] {
  return localPackages(view, readings, readOthers).flatMap(({ folder, view: inside, readings: theirs }) => {
    return findIn(folder, inside, withoutTypes(inside, theirs), { ...said, own: readings });
  });
}

/** A package that checks the ids of documents has MongoDB's driver for that; the app that it is part of need not connect. */
function withoutTypes(view: FileView, readings: readonly ManifestReading[]): readonly ManifestReading[] {
  const isDriver = ({ name }: Dependency) => name === "mongodb";
  return readings.map((reading) => {
    const { language, dependencies } = reading;
    if (language !== "node" || !dependencies.some(isDriver) || !takesMongoTypesAlone(view)) return reading;
    return { ...reading, dependencies: dependencies.filter((one) => !isDriver(one)) };
  });
}

function findIn(folder: string, view: FileView, readings: readonly ManifestReading[], said: Said): Finding[] {
  const faults = new Faults();
  const names = faults.collect(() => view.list(""), []);
  const decisions = readConfigs({ view, names, readings, faults });
  const findings = doubtAmongRivals(findDrivers(readings, decisions), readings, said);
  return findings.map((finding) => ({ ...finding, place: inFolder(folder, finding.place) }));
}

function noManifest(folderName: string): LeashError {
  const titles = manifestKinds.map(({ title }) => title).join(", ");
  return new LeashError("detect/no-manifest", `There is no manifest of an app in the folder "${folderName}".`, {
    hint: `Leash looks for ${titles} and Prisma schemas: name the folder that has one of them.`,
  });
}
