import type { Located, TableDocument } from "../documents/document";
import { parseJsonDocument } from "../documents/json";
import type { Faults } from "../faults";
import { Source } from "../place";
import { type Dependency, type ManifestKind, named, type Scope } from "./manifest";

/** Peers and overrides install nothing by themselves. */
const sections: Readonly<Record<string, Scope>> = {
  dependencies: "runtime",
  optionalDependencies: "optional",
  devDependencies: "development",
};

/** npm's manifest: strict JSON, as npm reads it. */
export const packageJson: ManifestKind = {
  title: "package.json",
  find: named("package.json"),
  read(view, file, faults) {
    const document = parseJsonDocument(new Source(file, view.readText(file)));
    const name = faults.collect(() => appName(document), undefined);
    const dependencies = Object.entries(sections).flatMap(([section, scope]) => {
      return readSection(document, section, scope, faults);
    });
    const local = localFolders(document, faults);
    const provides = faults.collect(() => document.string("name"), undefined);
    return {
      language: "node",
      ...(name === undefined ? {} : { name }),
      ...(provides === undefined ? {} : { provides }),
      dependencies,
      local,
      document,
    };
  },
};

function readSection(document: TableDocument, section: string, scope: Scope, faults: Faults): Dependency[] {
  const table = faults.collect(() => document.table(section), undefined) ?? new Map<string, Located>();
  return [...table].flatMap(([key, wanted]) => {
    if (typeof wanted.value === "string") {
      const ofFolder = /^(?:workspace|file|link|portal):/.test(wanted.value);
      const name = aliased(wanted.value) ?? key;
      return { name, extras: [], scope, ...(ofFolder && { ofFolder }), place: document.place(wanted) };
    }
    faults.add(document.wrongShape(wanted, [section, key], "a string"));
    return [];
  });
}

/** `"db": "file:../db"`, `link:`, `portal:`, and `workspace:../db`. */
function localFolders(document: TableDocument, faults: Faults): string[] {
  const table = faults.collect(() => document.table("dependencies"), undefined) ?? new Map<string, Located>();
  return [...table.values()].flatMap(({ value }) => {
    const path = typeof value === "string" ? /^(?:file|link|portal|workspace):(\.[^:]*)$/.exec(value)?.[1] : undefined;
    return path === undefined ? [] : [path];
  });
}

/** `"db": "npm:pg@8"` installs pg under another name. */
function aliased(version: string): string | undefined {
  return /^npm:(@?[^@]+)/.exec(version)?.[1];
}

/** `@team/notes` is the app `notes`. */
function appName(document: TableDocument): string | undefined {
  return document.string("name")?.replace(/^@[^/]*\//, "") || undefined;
}
