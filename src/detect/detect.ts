import { LeashError } from "../errors";
import { configReaders } from "./configs/readers";
import { Faults } from "./faults";
import type { FileView } from "./file-view";
import { decideLanguage, findFramework } from "./language";
import { manifestKinds } from "./manifests/kinds";
import type { ManifestReading } from "./manifests/manifest";
import { type Decisions, describeServices, findDrivers } from "./services";
import type { Detection } from "./types";
import { findNamedVariables } from "./variables";

/**
 * Detects an app's language, framework and services from the manifests and configs in its folder.
 *
 * @param folderName the app's name where no manifest gives one
 * @throws LeashError `detect/no-manifest`; the fault of a manifest (`detect/broken-manifest`, `detect/not-text`,
 *   `detect/too-large`, `detect/unreadable`), or `detect/faults` when there are several
 */
export function detectApp(view: FileView, folderName: string): Detection {
  const faults = new Faults();
  const names = view.list("");
  const readings = readManifests(view, names, faults);
  const decisions: Decisions = {};
  for (const { decides, read } of configReaders) {
    const said = faults.collect(() => read({ view, names, readings, faults }), []);
    if (said.length > 0) decisions[decides] = said;
  }
  const named = findNamedVariables(view, names, faults);
  faults.throwIfAny();
  if (readings.length === 0 && Object.keys(decisions).length === 0) throw noManifest(folderName);

  const findings = findDrivers(readings, decisions);
  const language = decideLanguage(readings, findings);
  const own = readings.filter((reading) => reading.language === language);
  return {
    name: own.find(({ name }) => name !== undefined)?.name ?? (folderName || "app"),
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

function noManifest(folderName: string): LeashError {
  const titles = manifestKinds.map(({ title }) => title).join(", ");
  return new LeashError("detect/no-manifest", `There is no manifest of an app in the folder "${folderName}".`, {
    hint: `Leash looks for ${titles} and Prisma schemas: name the folder that has one of them.`,
  });
}
