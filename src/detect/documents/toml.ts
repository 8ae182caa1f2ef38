import type { AST } from "toml-eslint-parser" with { "resolution-mode": "import" };
import { brokenManifest } from "../faults";
import type { Source } from "../place";
import { type Located, type LocatedValue, refuseDepth, type Table, TableDocument } from "./document";

/**
 * Parses TOML.
 * @throws LeashError `detect/broken-manifest`
 */
export function parseTomlDocument(source: Source): TableDocument {
  return refuseDepth(source, () => {
    const root: Table = new Map();
    for (const node of parse(source).body[0].body) {
      if (node.type === "TOMLKeyValue") addKeyValue(root, node);
      else addTable(root, node);
    }
    return new TableDocument(source, root, { table: "a table", array: "an array" });
  });
}

function parse(source: Source): AST.TOMLProgram {
  const { parseTOML, ParseError } = tomlParser();
  try {
    return parseTOML(source.text);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const at = { file: source.file, line: error.lineNumber, column: error.column + 1 };
    throw brokenManifest(at, `this is not TOML: ${lowerFirst(error.message)}.`);
  }
}

/** `[a.b]` and `[[a.b]]`; of an array of tables every element is kept. */
function addTable(root: Table, node: AST.TOMLTable): void {
  const keys = keysOf(node.key);
  const last = keys.pop();
  if (last === undefined) return;
  const parent = keys.reduce((table, key) => openTable(table, key, node.range[0]), root);
  let table: Table;
  if (node.kind === "array") {
    table = new Map();
    const list = parent.get(last)?.value;
    const element: Located = { value: table, offset: node.range[0] };
    if (Array.isArray(list)) list.push(element);
    else parent.set(last, { value: [element], offset: node.range[0] });
  } else {
    table = openTable(parent, last, node.range[0]);
  }
  for (const member of node.body) addKeyValue(table, member);
}

function addKeyValue(table: Table, node: AST.TOMLKeyValue): void {
  const keys = keysOf(node.key);
  const last = keys.pop();
  if (last === undefined) return;
  const offset = node.key.range[0];
  const parent = keys.reduce((inner, key) => openTable(inner, key, offset), table);
  parent.set(last, { value: readValue(node.value), offset });
}

/** The table at a key, made when it is not there yet; in an array of tables, its last one. */
function openTable(table: Table, key: string, offset: number): Table {
  const value = table.get(key)?.value;
  const open = Array.isArray(value) ? value[value.length - 1]?.value : value;
  if (open instanceof Map) return open;
  const made: Table = new Map();
  table.set(key, { value: made, offset });
  return made;
}

function readValue(node: AST.TOMLContentNode): LocatedValue {
  if (node.type === "TOMLValue") return node.value;
  if (node.type === "TOMLArray") {
    return node.elements.map((element) => ({ value: readValue(element), offset: element.range[0] }));
  }
  const table: Table = new Map();
  for (const member of node.body) addKeyValue(table, member);
  return table;
}

function keysOf(key: AST.TOMLKey): string[] {
  return key.keys.map((part) => (part.type === "TOMLBare" ? part.name : part.value));
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Loaded when the first TOML manifest is met: `leash detect` is mostly start-up time. */
function tomlParser(): typeof import("toml-eslint-parser", { with: { "resolution-mode": "import" }}) {
  return require("toml-eslint-parser");
}
