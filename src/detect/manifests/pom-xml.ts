import { posix } from "node:path";
import { type Element, elementsAt, parseXmlDocument, textOf } from "../documents/xml";
import type { Faults } from "../faults";
import type { FileView } from "../file-view";
import { Source } from "../place";
import type { Language } from "../types";
import { type Dependency, type ManifestKind, named, type Scope } from "./manifest";

const scopes: Readonly<Record<string, Scope>> = { test: "development", system: "development", import: "development" };

/** Maven reads parents of parents; nobody has that many. */
const mostPoms = 30;

/**
 * Maven's manifest with its modules below: an app of many modules is one app. What stands in `dependencyManagement` alone
 * is installed by nobody. Parents are read as far as the workspace goes.
 */
export const pomXml: ManifestKind = {
  title: "pom.xml",
  find: named("pom.xml"),
  read(view, file, faults) {
    const dependencies: Dependency[] = [];
    let name: string | undefined;
    let language: Language = "java";
    // A set: modules may go in circles. What is added while it is walked is walked too.
    const files = new Set([file]);
    for (const each of files) {
      const project = faults.collect(() => readPom(view, each), undefined);
      if (project === undefined) continue;
      if (each === file) name = textOf(project.root, "artifactId");
      dependencies.push(...dependenciesOf(project.root, project.source));
      if (speaksKotlin(project.root)) language = "kotlin";
      const parent = parentOf(view, each, project.root);
      if (parent !== undefined && files.size < mostPoms) files.add(parent);
      // A parent's other modules are other apps.
      if (each.startsWith("../") || each.includes("/../")) continue;
      for (const module of modulesOf(view, each, project.root, faults)) if (files.size < mostPoms) files.add(module);
    }
    return { language, ...(name ? { name } : {}), dependencies };
  },
};

function readPom(view: FileView, file: string): { root: Element; source: Source } {
  const source = new Source(file, view.readText(file));
  return { root: parseXmlDocument(source), source };
}

/** Those of profiles are there when the profile is: an option. */
function dependenciesOf(project: Element, source: Source): Dependency[] {
  const read = (list: Element[], scope: Scope) =>
    list.flatMap((element): Dependency[] => {
      const [group, artifact] = [textOf(element, "groupId"), textOf(element, "artifactId")];
      if (!artifact) return [];
      const own = scopes[textOf(element, "scope") ?? ""] ?? scope;
      return [
        { name: mavenName(group ?? "", artifact), extras: [], scope: own, place: { source, line: element.line } },
      ];
    });
  const profiles = elementsAt(project, "profiles", "profile");
  return [
    ...read(elementsAt(project, "parent"), "runtime").map((parent) => ({ ...parent, name: `parent:${parent.name}` })),
    ...read(elementsAt(project, "dependencies", "dependency"), "runtime"),
    ...profiles.flatMap((profile) => {
      const always = elementsAt(profile, "activation").some(({ children }) => {
        return children.some(({ name, text }) => name === "activeByDefault" && text === "true");
      });
      return read(elementsAt(profile, "dependencies", "dependency"), always ? "runtime" : "optional");
    }),
  ];
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
