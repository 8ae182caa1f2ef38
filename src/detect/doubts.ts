import { settingsGoWithoutMongo } from "./configs/appsettings";
import { isLibrary } from "./drivers/row";
import { ecosystemOf } from "./ecosystem";
import type { FileView } from "./file-view";
import type { Dependency, ManifestReading } from "./manifests/manifest";
import { dependenciesNamed } from "./manifests/named";
import { type Rival, rivalTable } from "./rivals";
import { saysPostgres } from "./samples";
import type { Finding } from "./services";
import type { Service } from "./types";
import type { NamedVariable } from "./variables";

/** Where else the app says its database than in the configs of libraries. */
export interface Said {
  view: FileView;
  named: readonly NamedVariable[];
  /** Of a package's findings: the manifests of the app that it is part of. */
  own?: readonly ManifestReading[];
}

/** An app that speaks to so many other databases speaks to those of its users. */
const manyRivals = 2;

/**
 * An app that brings drivers of several databases lets its operator choose one: nothing but a config or an example of its
 * environment says that it is PostgreSQL. MongoDB beside many of them is a source of its users' data.
 */
export function doubtAmongRivals(
  findings: readonly Finding[],
  readings: readonly ManifestReading[],
  { view, named, own = [] }: Said,
): Finding[] {
  const rivals = findRivals(readings);
  const all = own.length === 0 ? rivals : findRivals([...readings, ...own]);
  const first = [...all].find(([rival]) => rival !== "warehouse")?.[1];
  if (first === undefined) return [...findings];
  const says = `its drivers of other databases stand beside it (${first.place.source.file}:${first.place.line})`;
  const settings = readings.flatMap((reading) => reading.settings ?? []);
  const doubted = new Set<Service>();
  const ofPackage = [...rivals.keys()].some((rival) => rival !== "warehouse");
  if (ofPackage && !isDecided("postgresql", findings, named) && !saysPostgres(view, settings))
    doubted.add("postgresql");
  if (all.size >= manyRivals && !isDecided("mongodb", findings, named)) doubted.add("mongodb");
  return findings.map((finding) => {
    const { service, verdict, row } = finding;
    if (service === undefined || !doubted.has(service) || verdict === "maybe" || isLibrary(row)) return finding;
    return { ...finding, verdict: "maybe", says: `${finding.says}; ${says}` };
  });
}

/**
 * .NET's services share a project that has the drivers of all of them. Which they reach, the settings of each say: one whose
 * settings name databases and no MongoDB need not have it.
 */
export function doubtSharedMongo(findings: readonly Finding[], view: FileView, names: readonly string[]): Finding[] {
  const isShared = ({ service, ecosystem, place }: Finding) =>
    service === "mongodb" && ecosystem === "dotnet" && place.source.file.startsWith("../");
  if (!findings.some(isShared) || !settingsGoWithoutMongo(view, names)) return [...findings];
  return findings.map((finding) => {
    if (!isShared(finding) || finding.verdict === "maybe") return finding;
    return {
      ...finding,
      verdict: "maybe",
      says: `${finding.says}; of a project beside it, and its own settings name none`,
    };
  });
}

function isDecided(service: Service, findings: readonly Finding[], named: readonly NamedVariable[]): boolean {
  const byConfig = findings.some((one) => isLibrary(one.row) && one.service === service && one.verdict === "uses");
  return byConfig || named.some((one) => one.service === service && one.certain);
}

function findRivals(readings: readonly ManifestReading[]): Map<Rival, Dependency> {
  const rivals = new Map<Rival, Dependency>();
  for (const reading of readings) {
    const table = Object.entries(rivalTable[ecosystemOf(reading.language)] ?? {}) as [Rival, readonly string[]][];
    for (const [rival, packages] of table) {
      const found = packages.flatMap((name) => dependenciesNamed(reading, name));
      const first = found.find(({ scope, ofFolder }) => scope === "runtime" && !ofFolder);
      if (first !== undefined && !rivals.has(rival)) rivals.set(rival, first);
    }
  }
  return rivals;
}
