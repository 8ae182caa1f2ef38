import type { Node, ParseError } from "jsonc-parser";
import type { LeashError } from "../../errors";
import { brokenManifest } from "../faults";
import type { Source } from "../place";
import { type Located, type LocatedValue, refuseDepth, type Table, TableDocument, type Vocabulary } from "./document";
import { readStrictJson } from "./strict-json";

const strictly = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

const leniently = { disallowComments: false, allowTrailingComma: true, allowEmptyContent: false };

const words: Vocabulary = { table: "an object", array: "an array" };

/**
 * Parses JSON whose top level is an object; strict, unless its tool reads comments too.
 * @throws LeashError `detect/broken-manifest`
 */
export function parseJsonDocument(source: Source, comments?: "with comments"): TableDocument {
  return refuseDepth(source, () => {
    const strict = readStrictJson(source.text);
    if (strict !== undefined) return new TableDocument(source, strict, words);
    const faults: ParseError[] = [];
    const tree = jsoncParser().parseTree(source.text, faults, comments ? leniently : strictly);
    const [first] = faults;
    if (first !== undefined) throw syntaxFault(source, first);
    if (tree?.type !== "object") throw broken(source, 0, "the file must hold an object.");
    return new TableDocument(source, tableOf(tree), words);
  });
}

function located(node: Node, offset = node.offset): Located {
  return { value: readValue(node), offset };
}

function readValue(node: Node): LocatedValue {
  if (node.type === "object") return tableOf(node);
  if (node.type === "array") return (node.children ?? []).map((child) => located(child));
  return node.value as string | number | boolean | null;
}

function tableOf(node: Node): Table {
  const table: Table = new Map();
  for (const { children: [key, value] = [] } of node.children ?? []) {
    // Of two members with one name the last counts, as for JSON.parse.
    if (key !== undefined && value !== undefined) table.set(String(key.value), located(value, key.offset));
  }
  return table;
}

function syntaxFault(source: Source, fault: ParseError): LeashError {
  const name = jsoncParser().printParseErrorCode(fault.error);
  if (name === "InvalidCommentToken") {
    return broken(source, fault.offset, "JSON has no comments.", "Remove the comment; npm refuses it too.");
  }
  // "PropertyNameExpected" → "property name expected"
  const words = name.replace(/\B[A-Z]/g, " $&").toLowerCase();
  return broken(source, fault.offset, `this is not JSON: ${words}.`);
}

function broken(source: Source, offset: number, problem: string, hint?: string): LeashError {
  return brokenManifest({ file: source.file, ...source.position(offset) }, problem, hint);
}

/** Loaded when JSON with comments or with a fault is met: `leash detect` is mostly start-up time. */
function jsoncParser(): typeof import("jsonc-parser") {
  return require("jsonc-parser");
}
