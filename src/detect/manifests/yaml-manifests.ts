import type { Table, TableDocument } from "../documents/document";
import { parseYamlDocuments } from "../documents/yaml";
import { Source } from "../place";
import type { Language } from "../types";
import { type Dependency, type ManifestKind, named, type Scope } from "./manifest";
import { normalizePythonName, parseRequirement } from "./requirement";

/** A manifest whose dependencies are the keys of mappings, with local ones named by `path`. */
function keyed(file: string, language: Language, sections: Readonly<Record<string, Scope>>): ManifestKind {
  return {
    title: file,
    find: named(file),
    read(view) {
      const source = new Source(file, view.readText(file));
      const [document] = parseYamlDocuments(source);
      const name = document?.root.get("name")?.value;
      const local: string[] = [];
      const dependencies = Object.entries(sections).flatMap(([section, scope]) => {
        const table = document?.root.get(section)?.value;
        return table instanceof Map ? dependenciesOf(document!, table, scope, local) : [];
      });
      return { language, ...(typeof name === "string" ? { name } : {}), dependencies, local };
    },
  };
}

function dependenciesOf(document: TableDocument, table: Table, scope: Scope, local: string[]): Dependency[] {
  return [...table].map(([name, wanted]) => {
    const path = wanted.value instanceof Map ? wanted.value.get("path")?.value : undefined;
    if (typeof path === "string" && scope === "runtime") local.push(path);
    return { name, extras: [], scope, place: document.place(wanted) };
  });
}

/** Dart's. */
export const pubspec = keyed("pubspec.yaml", "dart", { dependencies: "runtime", dev_dependencies: "development" });
/** Crystal's. */
export const shard = keyed("shard.yml", "crystal", {
  dependencies: "runtime",
  development_dependencies: "development",
});

/** Conda's environment, whose packages may come from pip too. */
export const condaEnvironment: ManifestKind = {
  title: "environment.yml",
  find: (_view, names) => names.filter((name) => /^(environment|conda)\.ya?ml$/.test(name)).slice(0, 1),
  read(view, file) {
    const source = new Source(file, view.readText(file));
    const [document] = parseYamlDocuments(source);
    const list = document?.root.get("dependencies")?.value;
    const items = Array.isArray(list) ? list : [];
    const dependencies = items.flatMap((item) => {
      const pip = item.value instanceof Map ? item.value.get("pip")?.value : undefined;
      return (Array.isArray(pip) ? pip : [item]).flatMap(({ value, offset }): Dependency[] => {
        if (typeof value !== "string") return [];
        // conda-forge::psycopg2=2.9=py310
        const words = pip ? value : value.replace(/^.*::/, "").replace(/^([\w.-]+).*$/, "$1");
        const requirement = parseRequirement(words);
        const place = { source, line: source.position(offset).line };
        return requirement
          ? [{ ...requirement, name: normalizePythonName(requirement.name), scope: "runtime", place }]
          : [];
      });
    });
    return { language: "python", dependencies };
  },
};
