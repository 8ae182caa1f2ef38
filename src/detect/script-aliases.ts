import { posix } from "node:path";
import { parseJsonDocument } from "./documents/json";
import { Faults } from "./faults";
import type { FileView } from "./file-view";
import { Source } from "./place";

/** `@team/db` and `@team/db/*` of a `tsconfig.json`: what stands before the star, and where it leads, relative to the app. */
export type Aliases = readonly { start: string; isExact: boolean; target: string }[];

const mostAliases = 500;
const configs = ["tsconfig.base.json", "tsconfig.json"];
const endings = ["", ".ts", ".tsx", ".js", ".mjs", "/index.ts", "/index.tsx", "/index.js"];

/** The names by which the sources of a workspace import each other, from the `paths` at its root. */
export function aliasesOf(view: FileView, root: string): Aliases {
  const faults = new Faults();
  const file = configs.map((name) => posix.join(root, name)).find((one) => view.kindOf(one) === "file");
  if (file === undefined) return [];
  const read = () => parseJsonDocument(new Source(file, view.readText(file)), "with comments");
  const options = faults.collect(() => read().table("compilerOptions"), undefined);
  const [base, paths] = [options?.get("baseUrl")?.value, options?.get("paths")?.value];
  if (!(paths instanceof Map)) return [];
  const folder = posix.join(root, typeof base === "string" ? base : ".");
  return [...paths].slice(0, mostAliases).flatMap(([name, { value }]) => {
    const first = Array.isArray(value) ? value[0]?.value : undefined;
    if (typeof first !== "string") return [];
    const start = name.replace(/\*$/, "");
    return [{ start, isExact: start === name, target: posix.join(folder, first.replace(/\*$/, "")) }];
  });
}

/** The file that a specifier means by an alias, or from a file of the workspace's; none for a package of a registry. */
export function workspaceFiles(view: FileView, specifier: string, aliases: Aliases, from?: string): string[] {
  const path = pathOf(specifier, aliases, from);
  const file = path && endings.map((ending) => `${path}${ending}`).find((one) => view.kindOf(one) === "file");
  return file ? [file] : [];
}

function pathOf(specifier: string, aliases: Aliases, from: string | undefined): string | undefined {
  if (specifier.startsWith(".")) return from && posix.join(posix.dirname(from), specifier);
  const alias = aliases.find(({ start, isExact }) => (isExact ? specifier === start : specifier.startsWith(start)));
  return alias && posix.join(alias.target, specifier.slice(alias.start.length));
}
