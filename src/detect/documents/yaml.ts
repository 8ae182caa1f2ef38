import type { Node, Pair } from "yaml";
import { LeashError } from "../../errors";
import { brokenManifest } from "../faults";
import type { Source } from "../place";
import { type Located, type LocatedValue, refuseDepth, type Table, TableDocument } from "./document";

/** YAML is slow to read, and nobody writes a config of this size by hand. */
const mostCharacters = 32_768;

/**
 * Parses YAML, every document of the file, whose top levels are mappings; tags of an application's own are taken for what
 * they stand before.
 * @throws LeashError `detect/broken-manifest`, `detect/too-large`
 */
export function parseYamlDocuments(source: Source): TableDocument[] {
  if (source.text.length > mostCharacters) {
    throw new LeashError("detect/too-large", `${source.file} has ${source.text.length} characters.`, {
      hint: `YAML is read up to ${mostCharacters}.`,
    });
  }
  const { parseAllDocuments } = yaml();
  return refuseDepth(source, () => {
    const documents = parseAllDocuments(source.text, { logLevel: "silent", uniqueKeys: false });
    return [...documents].flatMap((document) => {
      const [fault] = document.errors;
      if (fault !== undefined) {
        const at = { file: source.file, ...source.position(Math.min(fault.pos[0], source.text.length)) };
        throw brokenManifest(at, `this is not YAML: ${fault.message.split("\n", 1)[0]}`);
      }
      const value = new Reader().value(document.contents as Node | null);
      return value instanceof Map ? [new TableDocument(source, value, { table: "a mapping", array: "a list" })] : [];
    });
  });
}

class Reader {
  /** Each is read once, so that aliases of aliases make nothing huge; within itself an anchor is nothing. */
  private readonly anchors = new Map<string, LocatedValue>();

  value(node: Node | null | undefined): LocatedValue {
    const { isAlias } = yaml();
    if (!node) return null;
    if (isAlias(node)) return this.anchors.get(node.source) ?? null;
    const value = this.content(node);
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined) this.anchors.set(anchor, value);
    return value;
  }

  private content(node: Node): LocatedValue {
    const { isMap, isScalar, isSeq } = yaml();
    if (isScalar(node)) return isPlain(node.value) ? node.value : null;
    if (isSeq(node)) return node.items.map((item) => this.located(item as Node, item as Node));
    return isMap(node) ? this.table(node.items as Pair<Node, Node | null>[]) : null;
  }

  private table(pairs: readonly Pair<Node, Node | null>[]): Table {
    const own: Table = new Map();
    const merged: Table[] = [];
    for (const { key, value } of pairs) {
      const name = yaml().isScalar(key) ? String(key.value) : "";
      const member = this.located(value, key);
      if (name !== "<<") {
        own.set(name, member);
        continue;
      }
      const tables = Array.isArray(member.value) ? member.value : [member];
      merged.push(...tables.flatMap((one) => (one.value instanceof Map ? [one.value] : [])));
    }
    // What stands there itself counts before what is merged in.
    return merged.length === 0 ? own : new Map([...merged.reverse().flatMap((table) => [...table]), ...own]);
  }

  private located(node: Node | null, at: Node): Located {
    return { value: this.value(node), offset: at?.range?.[0] ?? 0 };
  }
}

const isPlain = (value: unknown): value is string | number | boolean =>
  ["string", "number", "boolean"].includes(typeof value);

/** Loaded when the first YAML is met: `leash detect` is mostly start-up time. */
function yaml(): typeof import("yaml") {
  return require("yaml");
}
