import type { ParseErrorCode, ParseOptions } from "jsonc-parser";
import type { LeashError } from "../../errors";
import { brokenManifest } from "../faults";
import type { Source } from "../place";
import { type Located, type LocatedValue, refuseDepth, type Table, TableDocument, type Vocabulary } from "./document";

const strictly = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

const leniently = { disallowComments: false, allowTrailingComma: true, allowEmptyContent: false };

const words: Vocabulary = { table: "an object", array: "an array" };

/**
 * Parses JSON whose top level is an object; strict, unless its tool reads comments too.
 * @throws LeashError `detect/broken-manifest`
 */
export function parseJsonDocument(source: Source, comments?: "with comments"): TableDocument {
  return refuseDepth(source, () => {
    const { root, fault } = readLocated(source.text, comments ? leniently : strictly);
    if (fault !== undefined) throw syntaxFault(source, fault);
    if (!(root instanceof Map)) throw broken(source, 0, "the file must hold an object.");
    return new TableDocument(source, root, words);
  });
}

interface Fault {
  error: ParseErrorCode;
  offset: number;
}

/** Built while it is read: jsonc-parser's own tree of a large manifest takes three times as long, and 100 MB. */
function readLocated(text: string, options: ParseOptions): { root?: LocatedValue; fault?: Fault } {
  const read: { root?: LocatedValue; fault?: Fault } = {};
  const open: (Table | Located[])[] = [];
  let key = { name: "", offset: 0 };
  const put = (value: LocatedValue, offset: number) => {
    const into = open.at(-1);
    if (into === undefined) read.root = value;
    else if (Array.isArray(into)) into.push({ value, offset });
    // Of two members with one name the last counts, as for JSON.parse.
    else into.set(key.name, { value, offset: key.offset });
  };
  const begin = (value: Table | Located[], offset: number) => {
    put(value, offset);
    open.push(value);
  };
  jsoncParser().visit(
    text,
    {
      onObjectBegin: (offset) => begin(new Map(), offset),
      onObjectEnd: () => void open.pop(),
      onArrayBegin: (offset) => begin([], offset),
      onArrayEnd: () => void open.pop(),
      onObjectProperty: (name, offset) => {
        key = { name, offset };
      },
      onLiteralValue: put,
      onError: (error, offset) => {
        read.fault ??= { error, offset };
      },
    },
    options,
  );
  return read;
}

function syntaxFault(source: Source, fault: Fault): LeashError {
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

/** Loaded when the first JSON manifest is met: `leash detect` is mostly start-up time. */
function jsoncParser(): typeof import("jsonc-parser") {
  return require("jsonc-parser");
}
