import type { LeashError } from "../../errors";
import { brokenManifest } from "../faults";
import { type Place, placeAt, type Source } from "../place";

/** A value of a JSON or TOML document that knows where it stands. */
export interface Located {
  value: LocatedValue;
  /** Offset of the value; for a member of a table, of its key. */
  offset: number;
}

/** Tables are maps, so that a key such as `__proto__` is a key like any other. */
export type LocatedValue = string | number | boolean | null | Date | Located[] | Table;
export type Table = Map<string, Located>;

/** The words that a reader of this kind of document knows: an "object" in JSON is a "table" in TOML. */
export interface Vocabulary {
  table: string;
  array: string;
}

/**
 * A parsed document and the questions that parsers of manifests ask. What is absent is undefined; what has the wrong
 * shape is a fault that names its path.
 */
export class TableDocument {
  constructor(
    readonly source: Source,
    readonly root: Table,
    private readonly words: Vocabulary,
  ) {}

  /** @throws LeashError `detect/broken-manifest` when something on the path is no table */
  table(...path: string[]): Table | undefined {
    let table = this.root;
    for (const [depth, key] of path.entries()) {
      const member = table.get(key);
      if (member === undefined) return undefined;
      if (!(member.value instanceof Map)) throw this.wrongShape(member, path.slice(0, depth + 1), this.words.table);
      table = member.value;
    }
    return table;
  }

  /** @throws LeashError `detect/broken-manifest` when it is no list of strings */
  strings(...path: string[]): { text: string; place: Place }[] | undefined {
    const member = this.member(path);
    if (member === undefined) return undefined;
    if (!Array.isArray(member.value)) throw this.wrongShape(member, path, this.words.array);
    return member.value.map((item, index) => {
      if (typeof item.value === "string") return { text: item.value, place: this.place(item) };
      throw this.wrongShape(item, [...path, String(index)], "a string");
    });
  }

  /** @throws LeashError `detect/broken-manifest` when it is no string */
  string(...path: string[]): string | undefined {
    const member = this.member(path);
    if (member === undefined) return undefined;
    if (typeof member.value !== "string") throw this.wrongShape(member, path, "a string");
    return member.value;
  }

  place(node: Located): Place {
    return placeAt(this.source, node.offset);
  }

  wrongShape(node: Located, path: readonly string[], wanted: string): LeashError {
    const at = { file: this.source.file, ...this.source.position(node.offset) };
    return brokenManifest(at, `${path.join(".")} must be ${wanted}.`);
  }

  private member(path: readonly string[]): Located | undefined {
    const key = path[path.length - 1];
    return key === undefined ? undefined : this.table(...path.slice(0, -1))?.get(key);
  }
}

/** Both parsers recurse: running out of stack is how they say that a document is nested too deep. */
export function refuseDepth<T>(source: Source, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw brokenManifest({ file: source.file, line: 1, column: 1 }, "it is nested too deep to be read.");
  }
}
