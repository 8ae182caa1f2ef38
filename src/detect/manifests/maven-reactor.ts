import { posix } from "node:path";
import { type Element, elementsAt, textOf } from "../documents/xml";
import type { FileView } from "../file-view";
import { quietly } from "../quietly";

/** A module that is built with the app's. */
export interface Module {
  file: string;
  group: string | undefined;
}

/** A reactor of more modules is read no further. */
const mostModules = 120;
/** Nobody nests reactors deeper. */
const highest = 8;

/** A pom's own coordinates stand at its start, before these. */
const longestHead = 8_000;
const afterCoordinates = /<(?:dependencies|dependencyManagement|build|profiles|modules|reporting)[\s>]/;

/** The modules of the reactor that the pom is part of, by artifact. Their texts are searched, and not parsed. */
export function reactorOf(view: FileView): Map<string, Module[]> {
  const modules = new Map<string, Module[]>();
  const roots = Array.from({ length: highest }, (_, height) => posix.join("../".repeat(height + 1), "pom.xml"));
  const files = new Set(roots.filter((file) => textAt(view, file)?.includes("<module")));
  for (const file of files) {
    const text = textAt(view, file) ?? "";
    const { group, artifact } = coordinatesOf(text);
    if (artifact !== undefined) modules.set(artifact, [...(modules.get(artifact) ?? []), { file, group }]);
    for (const [, path] of text.matchAll(/<(?:module|subproject)>\s*([^<\s]+)\s*</g)) {
      const below = posix.join(posix.dirname(file), path!.endsWith(".xml") ? path! : `${path}/pom.xml`);
      if (files.size < mostModules) files.add(below);
    }
  }
  return modules;
}

/** The module that a dependency names; `${project.groupId}` may be any group. */
export function moduleOf(dependency: Element, modules: ReadonlyMap<string, readonly Module[]>): string | undefined {
  const [group, artifact] = [textOf(dependency, "groupId") ?? "", textOf(dependency, "artifactId") ?? ""];
  return modules.get(artifact)?.find((one) => group === one.group || group.includes("${"))?.file;
}

/** What a dependency does without of what its own dependencies bring: `org.springframework.boot:*`. */
export function exclusionsOf(dependency: Element): string[] {
  return elementsAt(dependency, "exclusions", "exclusion").map((one) => {
    return `${textOf(one, "groupId") ?? "*"}:${textOf(one, "artifactId") ?? "*"}`.toLowerCase();
  });
}

export function isExcluded(name: string, exclusions: readonly string[]): boolean {
  const [group] = name.split(":", 1);
  return exclusions.some((one) => one === name || one === "*:*" || one === `${group}:*`);
}

function coordinatesOf(text: string): { group: string | undefined; artifact: string | undefined } {
  const head = (text.slice(0, longestHead).split(afterCoordinates, 1)[0] ?? "").replace(/<!--[\s\S]*?-->/g, "");
  const own = head.replace(/<parent>[\s\S]*?<\/parent>/, "");
  const tag = (name: string, from: string) => new RegExp(`<${name}>\\s*([^<\\s]+)\\s*<`).exec(from)?.[1];
  return { group: tag("groupId", own) ?? tag("groupId", head), artifact: tag("artifactId", own) };
}

/** What is no part of the app's own manifest need not be sound. */
function textAt(view: FileView, file: string): string | undefined {
  return quietly(() => (view.kindOf(file) === "file" ? view.readText(file) : undefined));
}
