import type { TableDocument } from "../documents/document";
import { parseTomlDocument } from "../documents/toml";
import type { Faults } from "../faults";
import { Source } from "../place";
import { type Dependency, type ManifestKind, named } from "./manifest";
import { listedDependencies, tabledDependencies } from "./python-tables";

/** Poetry's groups are installed unless asked otherwise; these are the ones that nobody deploys. */
const developmentGroup = /^(dev|devel|development|tests?|testing|lint|linting|docs?|ci|tools|typing)$/;

/**
 * Python's project file in its dialects: PEP 621, which uv keeps to, and Poetry's. What the standard calls
 * `[dependency-groups]`, and uv and PDM `dev-dependencies`, is for development and not read at all.
 */
export const pyprojectToml: ManifestKind = {
  title: "pyproject.toml",
  find: named("pyproject.toml"),
  read(view, file, faults) {
    const document = parseTomlDocument(new Source(file, view.readText(file)));
    const name = faults.collect(() => appName(document), undefined);
    const dependencies = [projectDependencies, poetryDependencies].flatMap((dialect) => {
      return faults.collect(() => dialect(document, faults), []);
    });
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
      return faults.collect(() => listedDependencies(document, path, "optional"), []);
    }),
  ];
}

function poetryDependencies(document: TableDocument, faults: Faults): Dependency[] {
  const poetry = ["tool", "poetry"];
  const groups = document.table(...poetry, "group") ?? new Map();
  return [
    ...faults.collect(() => tabledDependencies(document, [...poetry, "dependencies"], "runtime"), []),
    ...[...groups.keys()].flatMap((group) => {
      if (developmentGroup.test(group)) return [];
      return faults.collect(() => {
        const optional = document.table(...poetry, "group", group)?.get("optional")?.value === true;
        const path = [...poetry, "group", group, "dependencies"];
        return tabledDependencies(document, path, optional ? "optional" : "runtime");
      }, []);
    }),
  ];
}
