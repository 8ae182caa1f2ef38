import { posix } from "node:path";
import type { Faults } from "../faults";
import type { FileView } from "../file-view";
import { Source } from "../place";
import type { Dependency, ManifestKind, Scope } from "./manifest";
import { scopeOfRequirementsFile } from "./python-scope";
import { parseRequirement } from "./requirement";

/** `requirements.txt`, `requirements-prod.txt`, `test-requirements.txt`; `.in` is what a `.txt` is compiled from. */
const requirementsFile = /^(?:[\w.]+[-_.])?requirements?[^/]*\.(txt|in)$/i;

/** pip's requirements files: those in the app's folder, and in `requirements/`. */
export const requirementsTxt: ManifestKind = {
  title: "requirements*.txt",
  find(view, names) {
    const files = names.filter((name) => requirementsFile.test(name));
    if (names.includes("requirements") && view.kindOf("requirements") === "folder") {
      const inside = view.list("requirements").filter((name) => /\.(txt|in)$/.test(name));
      files.push(...inside.map((name) => `requirements/${name}`));
    }
    // Constraints install nothing by themselves.
    const own = files.filter((file) => !/constraint/i.test(file));
    return own.filter((file) => !(file.endsWith(".in") && own.includes(file.replace(/in$/, "txt"))));
  },
  read(view, file, faults) {
    return { language: "python", dependencies: readWithIncluded(view, file, scopeOfRequirementsFile(file), faults) };
  },
};

/** The requirements of a file and of those that it includes; none where no file can be read. */
export function requirementsOf(view: FileView, file: string, scope: Scope, faults: Faults): Dependency[] {
  return isReadable(view, file) ? readWithIncluded(view, file, scope, faults) : [];
}

function readWithIncluded(view: FileView, file: string, scope: Scope, faults: Faults): Dependency[] {
  const dependencies: Dependency[] = [];
  // A set: includes may go in circles. What is added while it is walked is walked too.
  const files = new Set([file]);
  for (const each of files) faults.collect(() => readFile(view, each, scope, files, dependencies), undefined);
  return dependencies;
}

function readFile(view: FileView, file: string, scope: Scope, files: Set<string>, dependencies: Dependency[]): void {
  const source = new Source(file, view.readText(file));
  for (const { line, text } of logicalLines(source)) {
    const included = /^(?:-r|--requirement)(?:\s*=\s*|\s+|(?=[^\s-]))(.+)$/.exec(text)?.[1];
    if (included !== undefined) {
      const path = includedPath(file, included);
      if (isReadable(view, path)) files.add(path);
      continue;
    }
    const requirement = parseRequirement(text.replace(/^(?:-e|--editable)(?:\s*=\s*|\s+)/, ""));
    // Constraints (`-c`), indexes and pip's other options name nothing that is installed.
    if (requirement !== undefined) dependencies.push({ ...requirement, scope, place: { source, line } });
  }
}

/** Relative to the file that includes it. */
function includedPath(file: string, included: string): string {
  const path = included.trim().replace(/^(["'])(.*)\1$/, "$2");
  return posix.isAbsolute(path) ? path : posix.join(posix.dirname(file), path);
}

/**
 * Included files count as what includes them. What is outside of the app's folder is not read, and what is not there is
 * left out: it may be written only when the app is built.
 */
function isReadable(view: FileView, path: string): boolean {
  const kind = view.kindOf(path);
  return kind !== undefined && kind !== "outside";
}

/** pip's lines: continued by a backslash at the end, without comments; each with the number of its first line. */
function* logicalLines(source: Source): Generator<{ line: number; text: string }> {
  let parts: string[] = [];
  let first = 0;
  for (let line = 1; line <= source.lineCount; line++) {
    const text = source.line(line);
    // As pip does it: a comment line inside a continuation ends it.
    const isComment = /^\s*#/.test(text);
    const continued = !isComment && text.endsWith("\\");
    const part = isComment ? "" : continued ? text.slice(0, -1) : text;
    if (part.trim() !== "") {
      if (parts.length === 0) first = line;
      parts.push(part);
    }
    if (continued && line < source.lineCount) continue;
    const whole = parts.join("").replace(/(^|\s)#.*$/, "");
    if (whole.trim() !== "") yield { line: first, text: whole.trim() };
    parts = [];
  }
}
