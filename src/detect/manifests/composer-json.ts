import type { Located } from "../documents/document";
import { parseJsonDocument } from "../documents/json";
import { Source } from "../place";
import { type Dependency, type ManifestKind, named, type Scope } from "./manifest";

const sections: Readonly<Record<string, Scope>> = { require: "runtime", "require-dev": "development" };

/** PHP's manifest: packages, and extensions (`ext-pdo_pgsql`). */
export const composerJson: ManifestKind = {
  title: "composer.json",
  find: named("composer.json"),
  read(view, file, faults) {
    const document = parseJsonDocument(new Source(file, view.readText(file)));
    const name = faults
      .collect(() => document.string("name"), undefined)
      ?.split("/")
      .pop();
    const dependencies = Object.entries(sections).flatMap(([section, scope]) => {
      // An empty table is written as an empty list by PHP.
      const table = faults.collect(() => readTable(document, section), new Map<string, Located>());
      return [...table].map(([key, wanted]): Dependency => {
        return { name: normalizeComposerName(key), extras: [], scope, place: document.place(wanted) };
      });
    });
    return { language: "php", ...(name ? { name } : {}), dependencies, document };
  },
};

function readTable(document: ReturnType<typeof parseJsonDocument>, section: string): Map<string, Located> {
  const value = document.root.get(section)?.value;
  if (Array.isArray(value) && value.length === 0) return new Map();
  return document.table(section) ?? new Map();
}

/** Composer takes no notice of case; extensions are written with either sign: `ext-pdo-pgsql`. */
export function normalizeComposerName(name: string): string {
  const lower = name.toLowerCase();
  return lower.startsWith("ext-") ? `ext-${lower.slice(4).replaceAll("-", "_")}` : lower;
}
