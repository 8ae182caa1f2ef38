import type { LeashError } from "../../errors";
import { brokenManifest } from "../faults";
import { Source } from "../place";
import { type Dependency, type ManifestKind, type ManifestReading, named } from "./manifest";

/**
 * Go's module file. Only `require` lines without `// indirect` count: the others belong to dependencies. `replace` says
 * where a module's code comes from; the app goes on importing it by the required path, so it changes nothing here.
 */
export const goMod: ManifestKind = {
  title: "go.mod",
  find: named("go.mod"),
  read(view, file) {
    const local: string[] = [];
    const indirect: Dependency[] = [];
    const reading: ManifestReading = { language: "go", dependencies: [], indirect, local };
    for (const statement of statements(new Source(file, view.readText(file)))) {
      if (statement.verb === "module") {
        const name = statement.words[0] && lastSegment(statement.words[0]);
        if (name) reading.name = name;
        if (statement.words[0]) reading.provides = normalizeModulePath(statement.words[0]);
      } else if (statement.verb === "require") {
        (statement.indirect ? indirect : reading.dependencies).push(dependencyOf(statement));
      } else if (statement.verb === "replace") {
        const folder = statement.words[statement.words.indexOf("=>") + 1];
        if (folder?.startsWith(".")) local.push(folder);
      }
    }
    return reading;
  },
};

/** Without major version: `github.com/jackc/pgx/v5` → `github.com/jackc/pgx`, `gopkg.in/mgo.v2` → `gopkg.in/mgo`. */
export function normalizeModulePath(path: string): string {
  return path.startsWith("gopkg.in/") ? path.replace(/\.v\d+$/, "") : path.replace(/\/v\d+$/, "");
}

interface Statement {
  verb: string;
  words: string[];
  indirect: boolean;
  source: Source;
  line: number;
}

/** The file's statements, those in a block (`require ( … )`) each with the block's verb. */
function* statements(source: Source): Generator<Statement> {
  let block: { verb: string; line: number } | undefined;
  for (let line = 1; line <= source.lineCount; line++) {
    const { words, comment } = splitLine(source.line(line));
    const [first] = words;
    if (first === undefined) continue;
    if (block !== undefined && first === ")") {
      block = undefined;
    } else if (block === undefined && words[1] === "(" && words.length === 2) {
      block = { verb: first, line };
    } else {
      const [verb, rest] = block === undefined ? [first, words.slice(1)] : [block.verb, words];
      yield { verb, words: rest, indirect: /^\/\/\s*indirect\s*(;|$)/.test(comment), source, line };
    }
  }
  if (block !== undefined) throw broken(source, block.line, `the block "${block.verb} (" is not closed.`);
}

function splitLine(line: string): { words: string[]; comment: string } {
  const at = line.indexOf("//");
  const [code, comment] = at === -1 ? [line, ""] : [line.slice(0, at), line.slice(at)];
  // `require(` needs no space, and paths may be quoted.
  const words = code.replace(/[()]/g, " $& ").trim().split(/\s+/);
  return { words: words.filter((word) => word !== "").map((word) => word.replace(/^(["`])(.*)\1$/, "$2")), comment };
}

function dependencyOf({ words: [path, version], source, line }: Statement): Dependency {
  if (path === undefined || version === undefined) {
    throw broken(source, line, "a require needs a module path and a version.");
  }
  return { name: normalizeModulePath(path), extras: [], scope: "runtime", place: { source, line } };
}

function lastSegment(path: string): string | undefined {
  return normalizeModulePath(path).split("/").pop();
}

function broken(source: Source, line: number, problem: string): LeashError {
  return brokenManifest({ file: source.file, line, column: 1 }, problem);
}
