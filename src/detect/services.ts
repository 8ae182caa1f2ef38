import { services as serviceTable } from "../connection/services";
import type { Decision } from "./configs/config";
import { driverTable } from "./drivers";
import { type ConfigName, type DriverRow, isLibrary, type LibraryRow, type Row } from "./drivers/row";
import { type Ecosystem, ecosystemOf } from "./ecosystem";
import type { Dependency, ManifestReading } from "./manifests/manifest";
import { dependenciesNamed } from "./manifests/named";
import { evidenceAt, type Place } from "./place";
import type { DetectedService, Language, ReadVariable, Service, Verdict } from "./types";
import type { NamedVariable } from "./variables";

/** One row of the driver table, found in the app. */
export interface Finding {
  row: Row;
  ecosystem: Ecosystem;
  /** Undefined for a library that no config decided: it narrows the URL's form and is no evidence. */
  service?: Service;
  verdict: Verdict;
  /** What the evidence says. */
  says: string;
  place: Place;
  /** Environment variables that the app reads its connection from, beside the service's usual one. */
  variables: readonly ReadVariable[];
}

/** What the configs of libraries decided, by `decidedBy`. */
export type Decisions = Partial<Record<ConfigName, readonly Decision[]>>;

/** Finds the rows of the driver table that the app's manifests and configs name. */
export function findDrivers(readings: readonly ManifestReading[], decisions: Readonly<Decisions>): Finding[] {
  return ecosystems
    .flatMap((ecosystem) => {
      const own = readings.filter(({ language }) => ecosystemOf(language) === ecosystem);
      return driverTable[ecosystem].flatMap((row) => {
        if (isOwn(row, readings, ecosystem)) return [];
        const found = isLibrary(row)
          ? libraryFindings(row, own, row.decidedBy === "driver" ? [] : databasesOf(decisions[row.decidedBy] ?? []))
          : findPackages(row.packages, own).map((dependency) => driverFinding(row, dependency));
        return found.map((finding) => ({ ...finding, row, ecosystem }));
      });
    })
    .map((finding, _, all) => weaken(finding, all, decisions));
}

/** The repository of a driver itself, which is built of its own parts, is no app that uses it. */
function isOwn({ packages }: Row, readings: readonly ManifestReading[], ecosystem: Ecosystem): boolean {
  return readings.some(({ language, name, provides = name }) => {
    return provides !== undefined && ecosystemOf(language) === ecosystem && packages.includes(provides);
  });
}

/** A driver beside a config that names another database is no longer sure, unless a config names its own too. */
function weaken(finding: Finding, all: readonly Finding[], decisions: Readonly<Decisions>): Finding {
  const without = Object.values(decisions)
    .flat()
    .find(({ without }) => without === finding.service);
  if (without !== undefined && finding.verdict === "uses") {
    const { source, line } = without.place;
    const says = `${finding.says}; but the app's example does without (${source.file}:${line})`;
    return { ...finding, verdict: "maybe", says };
  }
  if (finding.service !== "postgresql" || finding.verdict === "maybe" || isLibrary(finding.row)) return finding;
  if (all.some(({ row, service, verdict }) => isLibrary(row) && service === "postgresql" && verdict === "uses"))
    return finding;
  const against = Object.entries(decisions).find(([name, said]) => {
    const decides = driverTable[finding.ecosystem].some((row) => isLibrary(row) && row.decidedBy === name);
    return decides && databasesOf(said).length > 0 && said.every(({ service }) => service === null);
  });
  if (against === undefined) return finding;
  const [name, said] = against;
  const { source, line } = databasesOf(said)[0]!.place;
  const says = `${finding.says}; but ${name} is set to another database (${source.file}:${line})`;
  return { ...finding, verdict: "maybe", says };
}

const databasesOf = (said: readonly Decision[]) => said.filter(({ without }) => without === undefined);

/** Puts findings together, service by service; drivers of the app's own language come first. */
export function describeServices(
  findings: readonly Finding[],
  named: readonly NamedVariable[],
  language: Language,
): DetectedService[] {
  const own = ecosystemOf(language);
  const ordered = [...findings].sort((a, b) => Number(b.ecosystem === own) - Number(a.ecosystem === own));
  const libraries = unique(ordered.filter(({ service }) => service === undefined).map(({ row }) => row.id));
  return serviceNames.flatMap((service) => {
    const found = ordered.filter((finding) => finding.service === service);
    const told = named.filter((variable) => variable.service === service);
    const hints = told.filter(({ certain }) => certain);
    if (found.length === 0 && hints.length === 0) return [];
    const reads = readVariables([
      { name: serviceTable[service].variable, part: "url" },
      ...found.flatMap(({ variables }) => variables),
      ...told,
    ]);
    return {
      service,
      verdict: found.some(({ verdict }) => verdict === "uses") ? "uses" : "maybe",
      drivers: unique(found.map(({ row }) => row.id)),
      ...(service === "postgresql" && libraries.length > 0 ? { libraries } : {}),
      variables: reads.map(({ name }) => name),
      reads,
      evidence: found.length > 0 ? evidenceOf(found) : hints.map(({ place }) => evidenceAt(place, exampleAlone)),
    };
  });
}

const goesWithout = "an installation may go without it";
const exampleAlone = "named for its environment; no driver that Leash knows";

type Found = Omit<Finding, "row" | "ecosystem">;

const ecosystems = Object.keys(driverTable) as Ecosystem[];
const serviceNames = Object.keys(serviceTable) as Service[];

function driverFinding(row: DriverRow, { scope, place }: Dependency): Found {
  const doubts = [row.doubt, scope === "optional" ? goesWithout : undefined];
  const doubt = doubts.filter((words) => words !== undefined).join("; ");
  return {
    service: row.service,
    verdict: doubt === "" ? row.verdict : "maybe",
    says: doubt === "" ? `driver ${row.id}` : `driver ${row.id}; ${doubt}`,
    place,
    variables: row.variables ?? [],
  };
}

function libraryFindings(row: LibraryRow, own: readonly ManifestReading[], decisions: readonly Decision[]): Found[] {
  const says = `driver ${row.id}`;
  if (decisions.length > 0) {
    return decisions.flatMap(({ service, doubt, variables, place }): Found[] => {
      if (service === null) return [];
      const verdict = doubt === undefined ? "uses" : "maybe";
      return [{ service, verdict, says: doubt === undefined ? says : `${says}; ${doubt}`, place, variables }];
    });
  }
  const adapters = row.adapters ?? {};
  const adapted = findPackages(Object.keys(adapters), own);
  if (adapted.length > 0) {
    return adapted.flatMap(({ name, scope, place }): Found[] => {
      const service = adapters[name];
      if (!service) return [];
      if (scope === "runtime") return [{ service, verdict: "uses", says, place, variables: [] }];
      return [{ service, verdict: "maybe", says: `${says}; ${goesWithout}`, place, variables: [] }];
    });
  }
  return findPackages(row.packages, own).map(({ place }): Found => {
    if (row.undecided === undefined) return { verdict: "maybe", says: `library ${row.id}`, place, variables: [] };
    return { service: "postgresql", verdict: "maybe", says: `${says}; ${row.undecided}`, place, variables: [] };
  });
}

/** What the manifests of an ecosystem install where the app runs, of these packages (`name` or `name[extra]`). */
function findPackages(packages: readonly string[], readings: readonly ManifestReading[]): Dependency[] {
  const isInstalled = ({ scope, ofFolder }: Dependency) => scope !== "development" && !ofFolder;
  return packages.flatMap((name) => readings.flatMap((one) => dependenciesNamed(one, name).filter(isInstalled)));
}

/** A file that is read twice (included by another one) tells the same line twice. */
function evidenceOf(findings: readonly Finding[]): DetectedService["evidence"] {
  const evidence = new Map(
    findings.map(({ place, says }) => [`${place.source.file}:${place.line}:${says}`, evidenceAt(place, says)]),
  );
  return [...evidence.values()];
}

/** Each name once: what is said of it first counts. */
function readVariables(variables: readonly ReadVariable[]): ReadVariable[] {
  const known = new Map<string, ReadVariable>();
  for (const { name, part } of variables) if (!known.has(name)) known.set(name, { name, part });
  return [...known.values()];
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}
