import { posix } from "node:path";
import { type Element, elementsAt, parseXmlDocument } from "../documents/xml";
import type { FileView } from "../file-view";
import { Source } from "../place";
import type { Dependency, ManifestKind, Scope } from "./manifest";

const projectFile = /\.(cs|fs|vb)proj$/i;

/** Solutions of more projects are read no further. */
const mostProjects = 60;

/**
 * .NET's projects: those in the app's folder, or those that its solution names; with the projects that they refer to.
 * Versions alone (`PackageVersion` in Directory.Packages.props) install nothing.
 */
export const dotnetProject: ManifestKind = {
  title: "*.csproj",
  find(view, names) {
    const own = names.filter((name) => projectFile.test(name));
    if (own.length > 0) return own;
    return names.filter((name) => /\.slnx?$/i.test(name)).flatMap((name) => projectsOf(view, name));
  },
  read(view, file, faults) {
    const dependencies: Dependency[] = [];
    const files = new Set([file]);
    const settings: string[] = [];
    for (const each of files) {
      const source = faults.collect(() => new Source(each, view.readText(each)), undefined);
      const project = source && faults.collect(() => parseXmlDocument(source), undefined);
      if (!source || !project) continue;
      dependencies.push(...dependenciesOf(project, source));
      if (isTest(project)) continue;
      if (each === file) settings.push(...linkedSettings(view, each, project));
      for (const path of references(view, each, project)) if (files.size < mostProjects) files.add(path);
    }
    const name = file.slice(file.lastIndexOf("/") + 1).replace(projectFile, "");
    return { language: "dotnet", name, dependencies, settings };
  },
};

function dependenciesOf(project: Element, source: Source): Dependency[] {
  const test = isTest(project);
  const groups = elementsAt(project, "ItemGroup");
  const sdk = project.attributes.get("Sdk");
  const own: Dependency[] = sdk
    ? [{ name: `sdk:${sdk.toLowerCase()}`, extras: [], scope: "runtime", place: { source, line: project.line } }]
    : [];
  return [
    ...own,
    ...groups.flatMap((group) =>
      elementsAt(group, "PackageReference").flatMap((element): Dependency[] => {
        const name = element.attributes.get("Include");
        if (!name) return [];
        const tool = element.attributes.get("PrivateAssets")?.toLowerCase() === "all";
        const conditional = element.attributes.has("Condition") || group.attributes.has("Condition");
        const scope: Scope = test || tool ? "development" : conditional ? "optional" : "runtime";
        return name
          .split(";")
          .map((one) => ({ name: one.trim().toLowerCase(), extras: [], scope, place: { source, line: element.line } }));
      }),
    ),
  ];
}

function isTest(project: Element): boolean {
  const says = elementsAt(project, "PropertyGroup", "IsTestProject").some(({ text }) => text.toLowerCase() === "true");
  return (
    says ||
    elementsAt(project, "ItemGroup", "PackageReference").some(({ attributes }) => {
      return /^(microsoft\.net\.test\.sdk|xunit|nunit|mstest\.testframework)$/i.test(attributes.get("Include") ?? "");
    })
  );
}

function references(view: FileView, file: string, project: Element): string[] {
  return elementsAt(project, "ItemGroup", "ProjectReference").flatMap(({ attributes }) => {
    return existing(view, file, attributes.get("Include") ?? "");
  });
}

/** `<None Include="..\Web\appsettings.json" Link="appsettings.json" />`: the project runs with another's settings. */
function linkedSettings(view: FileView, file: string, project: Element): string[] {
  return elementsAt(project, "ItemGroup")
    .flatMap((group) => [...elementsAt(group, "None"), ...elementsAt(group, "Content")])
    .map(({ attributes }) => attributes.get("Include") ?? "")
    .filter((path) => /(?:^|[\\/])appsettings(?:\.Production)?\.json$/i.test(path))
    .flatMap((path) => existing(view, file, path));
}

/** Solutions name their projects in quotes: `"Web\Web.csproj"`. */
function projectsOf(view: FileView, solution: string): string[] {
  const text = view.readText(solution);
  const named = [...text.matchAll(/"([^"\n]+\.(?:cs|fs|vb)proj)"/gi)].slice(0, mostProjects);
  return [...new Set(named.flatMap(([, path]) => existing(view, solution, path!)))];
}

function existing(view: FileView, from: string, path: string): string[] {
  const full = posix.join(posix.dirname(from), path.replaceAll("\\", "/"));
  return view.kindOf(full) === "file" ? [full] : [];
}
