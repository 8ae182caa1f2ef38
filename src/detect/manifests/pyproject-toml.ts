import type { Located, Table, TableDocument } from "../documents/document";
import { parseTomlDocument } from "../documents/toml";
import type { Faults } from "../faults";
import { Source } from "../place";
import { type Dependency, type ManifestKind, named } from "./manifest";
import { isForDevelopment, scopeOfExtra } from "./python-scope";
import { listedDependencies, tabledDependencies } from "./python-tables";
import { parseRequirement } from "./requirement";
import { requirementsOf } from "./requirements-txt";

/** The groups of the standard (`[dependency-groups]`) that are for where the app runs. */
const productionGroup = /^(main|prod|production|deploy|deployment|server|runtime)$/;

/**
 * Python's project file in its dialects: PEP 621, which uv and hatch keep to, and Poetry's. What the standard calls
 * `[dependency-groups]`, uv and PDM `dev-dependencies`, and hatch `envs` is for development, unless its name says more or
 * there is nothing else.
 */
export const pyprojectToml: ManifestKind = {
  title: "pyproject.toml",
  find: named("pyproject.toml"),
  read(view, file, faults) {
    const document = parseTomlDocument(new Source(file, view.readText(file)));
    const name = faults.collect(() => appName(document), undefined);
    const dependencies = [projectDependencies, groupDependencies, poetryDependencies].flatMap((dialect) => {
      return faults.collect(() => dialect(document, faults), []);
    });
    dependencies.push(...namedFiles(document).flatMap((path) => requirementsOf(view, path, "runtime", faults)));
    return { language: "python", ...(name === undefined ? {} : { name }), dependencies, document };
  },
};

function appName(document: TableDocument): string | undefined {
  return document.string("project", "name") || document.string("tool", "poetry", "name") || undefined;
}

function projectDependencies(document: TableDocument, faults: Faults): Dependency[] {
  const extras = document.table("project", "optional-dependencies") ?? new Map();
  return [
    ...faults.collect(() => listedDependencies(document, ["project", "dependencies"], "runtime"), []),
    ...[...extras.keys()].flatMap((extra) => {
      const path = ["project", "optional-dependencies", extra];
      return faults.collect(() => listedDependencies(document, path, scopeOfExtra(extra)), []);
    }),
  ];
}

function groupDependencies(document: TableDocument): Dependency[] {
  // An app that is no package has nothing but groups: what is not for development by its name is installed.
  const isPackage = document.root.has("project") || document.table("tool")?.has("poetry") === true;
  return [...(document.table("dependency-groups") ?? [])].flatMap(([group, { value }]) => {
    const installed = productionGroup.test(group) || !(isPackage || isForDevelopment(group));
    if (!installed || !Array.isArray(value)) return [];
    // Beside requirements there are tables that include another group.
    return value.flatMap((item): Dependency[] => {
      const requirement = typeof item.value === "string" ? parseRequirement(item.value) : undefined;
      return requirement === undefined ? [] : [{ ...requirement, scope: "runtime", place: document.place(item) }];
    });
  });
}

/** The requirements files that setuptools takes the project's dependencies from. */
function namedFiles(document: TableDocument): string[] {
  const dynamic = readTable(document.root.get("tool"), "setuptools", "dynamic", "dependencies");
  const files = dynamic?.get("file")?.value;
  const list = Array.isArray(files) ? files.map(({ value }) => value) : [files];
  return list.filter((file) => typeof file === "string");
}

function readTable(start: Located | undefined, ...path: string[]): Table | undefined {
  let value = start?.value;
  for (const key of path) value = value instanceof Map ? value.get(key)?.value : undefined;
  return value instanceof Map ? value : undefined;
}

function poetryDependencies(document: TableDocument, faults: Faults): Dependency[] {
  const poetry = ["tool", "poetry"];
  const groups = document.table(...poetry, "group") ?? new Map();
  return [
    ...faults.collect(() => tabledDependencies(document, [...poetry, "dependencies"], "runtime"), []),
    ...[...groups.keys()].flatMap((group) => {
      if (isForDevelopment(group)) return [];
      return faults.collect(() => {
        const optional = document.table(...poetry, "group", group)?.get("optional")?.value === true;
        const path = [...poetry, "group", group, "dependencies"];
        return tabledDependencies(document, path, optional ? "optional" : "runtime");
      }, []);
    }),
  ];
}
