import { posix } from "node:path";
import { type Element, elementsAt, parseXmlDocument, textOf } from "../documents/xml";
import type { Faults } from "../faults";
import type { FileView } from "../file-view";
import { Source } from "../place";
import { quietly } from "../quietly";
import type { Language } from "../types";
import { type Dependency, type ManifestKind, named, type Scope } from "./manifest";
import { exclusionsOf, isExcluded, type Module, moduleOf, reactorOf } from "./maven-reactor";

const scopes: Readonly<Record<string, Scope>> = { test: "development", system: "development", import: "development" };

/** Parents, modules and their modules: what has more is read no further. */
const mostPoms = 120;

/** How a pom comes to be read: what it brings along, and what of that the one that names it does without. */
interface Way {
  transitive: boolean;
  excluded: readonly string[];
}

/**
 * Maven's manifest with its modules below: an app of many modules is one app. What stands in `dependencyManagement` alone
 * is installed by nobody. Parents are read as far as the workspace goes, and of the reactor the modules that it depends on.
 */
export const pomXml: ManifestKind = {
  title: "pom.xml",
  find: named("pom.xml"),
  read(view, file, faults) {
    const dependencies: Dependency[] = [];
    let name: string | undefined;
    let language: Language = "java";
    let reactor: ReadonlyMap<string, readonly Module[]> | undefined;
    // Modules may go in circles. What is added while it is walked is walked too.
    const files = new Map<string, Way>([[file, { transitive: false, excluded: [] }]]);
    const add = (path: string, way: Way) => {
      const known = files.get(path);
      if (known !== undefined && (known.excluded.length === 0 || way.excluded.length > 0)) return;
      files.delete(path);
      if (files.size < mostPoms) files.set(path, way);
    };
    for (const [each, way] of files) {
      const read = () => readPom(view, each);
      const project = way.transitive ? quietly(read) : faults.collect(read, undefined);
      if (project === undefined) continue;
      dependencies.push(...dependenciesOf(project.root, project.source, way));
      if (each === file) {
        name = textOf(project.root, "artifactId");
        dependencies.push(...pluginsOf(project.root, project.source));
      }
      if (speaksKotlin(project.root)) language = "kotlin";
      const parent = parentOf(view, each, project.root);
      if (parent !== undefined) add(parent, way);
      reactor ??= reactorOf(view);
      for (const dependency of installedBy(project.root, way)) {
        const module = moduleOf(dependency, reactor);
        const excluded = [...way.excluded, ...exclusionsOf(dependency)];
        if (module !== undefined) add(module, { transitive: true, excluded });
      }
      // A parent's other modules are other apps.
      if (each.startsWith("../") || each.includes("/../")) continue;
      for (const module of modulesOf(view, each, project.root, faults))
        add(module, { transitive: false, excluded: [] });
    }
    return { language, ...(name ? { name } : {}), dependencies };
  },
};

function readPom(view: FileView, file: string): { root: Element; source: Source } {
  const source = new Source(file, view.readText(file));
  return { root: parseXmlDocument(source), source };
}

/** The dependencies that are there without a profile; what is optional or provided, others don't get by way of it. */
function installedBy(project: Element, { transitive }: Way): Element[] {
  return elementsAt(project, "dependencies", "dependency").filter((element) => {
    const scope = textOf(element, "scope") ?? "";
    if (Object.hasOwn(scopes, scope)) return false;
    return !transitive || (scope !== "provided" && textOf(element, "optional") !== "true");
  });
}

/** Those of profiles are there when the profile is: an option. */
function dependenciesOf(project: Element, source: Source, way: Way): Dependency[] {
  const read = (list: Element[], scope: Scope) =>
    list.flatMap((element): Dependency[] => {
      const [group, artifact] = [textOf(element, "groupId"), textOf(element, "artifactId")];
      if (!artifact) return [];
      const name = mavenName(group ?? "", artifact);
      if (isExcluded(name, way.excluded)) return [];
      const own = scopes[textOf(element, "scope") ?? ""] ?? scope;
      const place = { source, line: element.line };
      return [{ name, extras: [], scope: own, ...(way.transitive && { ofModule: true }), place }];
    });
  const profiles = elementsAt(project, "profiles", "profile");
  return [
    ...read(elementsAt(project, "parent"), "runtime").map((parent) => ({ ...parent, name: `parent:${parent.name}` })),
    ...read(way.transitive ? installedBy(project, way) : elementsAt(project, "dependencies", "dependency"), "runtime"),
    ...profiles.flatMap((profile) => {
      const always = elementsAt(profile, "activation").some(({ children }) => {
        return children.some(({ name, text }) => name === "activeByDefault" && text === "true");
      });
      return read(elementsAt(profile, "dependencies", "dependency"), always ? "runtime" : "optional");
    }),
  ];
}

/** What builds the app, as Gradle's manifests name it: a parent's plugins build libraries too. */
function pluginsOf(project: Element, source: Source): Dependency[] {
  return [project, ...elementsAt(project, "profiles", "profile")]
    .flatMap((one) => elementsAt(one, "build", "plugins", "plugin"))
    .map((plugin): Dependency => {
      const name = mavenName(textOf(plugin, "groupId") ?? "", textOf(plugin, "artifactId") ?? "");
      return { name: `plugin:${name}`, extras: [], scope: "runtime", place: { source, line: plugin.line } };
    });
}

/** `relativePath`, or the folder above; what a parent installs, its children install. */
function parentOf(view: FileView, file: string, project: Element): string | undefined {
  const [parent] = elementsAt(project, "parent");
  if (parent === undefined) return undefined;
  const path = textOf(parent, "relativePath") ?? "../pom.xml";
  if (path === "") return undefined;
  const folder = posix.dirname(file);
  const found = [posix.join(folder, path), posix.join(folder, path, "pom.xml")];
  return found.find((one) => view.kindOf(one) === "file");
}

function modulesOf(view: FileView, file: string, project: Element, faults: Faults): string[] {
  const folder = file.slice(0, file.lastIndexOf("/") + 1);
  const modules = [...elementsAt(project, "modules", "module"), ...elementsAt(project, "subprojects", "subproject")];
  return modules.flatMap(({ text }) => {
    const path = `${folder}${text.replace(/\/$/, "")}${text.endsWith(".xml") ? "" : "/pom.xml"}`;
    return faults.collect(() => view.kindOf(path), undefined) === "file" ? [path] : [];
  });
}

function speaksKotlin(project: Element): boolean {
  return elementsAt(project, "build", "plugins", "plugin").some((plugin) => {
    return textOf(plugin, "artifactId") === "kotlin-maven-plugin";
  });
}

/** `org.postgresql:postgresql` */
export function mavenName(group: string, artifact: string): string {
  return `${group}:${artifact}`.toLowerCase();
}
