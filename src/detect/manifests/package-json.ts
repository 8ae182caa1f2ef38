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
  const found: Dependency[] = [];
  for (const [key, wanted] of table) {
    if (typeof wanted.value === "string") {
      const name = aliased(wanted.value) ?? key;
      const dependency: Dependency = { name, extras: none, scope, place: document.place(wanted) };
      if (folderScheme.test(wanted.value)) dependency.ofFolder = true;
      found.push(dependency);
    } else faults.add(document.wrongShape(wanted, [section, key], "a string"));
  }
  return found;
}

const none: readonly string[] = [];
const folderScheme = /^(?:workspace|file|link|portal):/;
const localFolder = /^(?:file|link|portal|workspace):(\.[^:]*)$/;

/** `"db": "file:../db"`, `link:`, `portal:`, and `workspace:../db`. */
function localFolders(document: TableDocument, faults: Faults): string[] {
  const table = faults.collect(() => document.table("dependencies"), undefined) ?? new Map<string, Located>();
  const folders: string[] = [];
  for (const { value } of table.values()) {
    const path = typeof value === "string" ? localFolder.exec(value)?.[1] : undefined;
    if (path !== undefined) folders.push(path);
  }
  return folders;
}

/** `"db": "npm:pg@8"` installs pg under another name. */
function aliased(version: string): string | undefined {
  return version.startsWith("npm:") ? /^npm:(@?[^@]+)/.exec(version)?.[1] : undefined;
}

/** `@team/notes` is the app `notes`. */
function appName(document: TableDocument): string | undefined {
  return document.string("name")?.replace(/^@[^/]*\//, "") || undefined;
}
