import { posix } from "node:path";
import type { FileView } from "../file-view";
import { Source } from "../place";
import type { Dependency, ManifestKind, Scope } from "./manifest";
import { parseRequirement } from "./requirement";

/** Words in a file's name that say: not where the app runs. `requirements-dev.txt`, `requirements/test.txt`. */
const developmentWords =
  /(^|[^a-z])(dev|devel|develop|development|tests?|testing|lint|linting|docs?|ci|tools|typing|bench)([^a-z]|$)/;

/** pip's requirements files: those in the app's folder, and in `requirements/`. */
export const requirementsTxt: ManifestKind = {
  title: "requirements*.txt",
  find(view, names) {
    const files = names.filter((name) => /^requirements.*\.txt$/i.test(name));
    if (names.includes("requirements") && view.kindOf("requirements") === "folder") {
      const inside = view.list("requirements").filter((name) => name.endsWith(".txt"));
      files.push(...inside.map((name) => `requirements/${name}`));
    }
    return files;
  },
  read(view, file, faults) {
    const scope: Scope = developmentWords.test(file.toLowerCase()) ? "development" : "runtime";
    const dependencies: Dependency[] = [];
    // A set: includes may go in circles. What is added while it is walked is walked too.
    const files = new Set([file]);
    for (const each of files) {
      faults.collect(() => readFile(view, each, scope, files, dependencies), undefined);
    }
    return { language: "python", dependencies };
  },
};

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
