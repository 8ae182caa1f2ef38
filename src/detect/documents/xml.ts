import type { SaxesParser } from "saxes";
import { brokenManifest } from "../faults";
import type { Source } from "../place";

/** An element of an XML document that knows where it stands. */
export interface Element {
  /** Without the prefix of its namespace. */
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: Element[];
  /** Its own text, trimmed. */
  text: string;
  /** 1-based, of its start tag. */
  line: number;
}

const deepest = 200;

/**
 * Parses XML; no entity but XML's own five is known, and nothing outside of the text is read.
 * @throws LeashError `detect/broken-manifest`
 */
export function parseXmlDocument(source: Source): Element {
  const { SaxesParser } = saxes();
  const parser: SaxesParser = new SaxesParser({ position: true });
  const open: Element[] = [];
  let root: Element | undefined;
  const broken = (problem: string) =>
    brokenManifest({ file: source.file, line: parser.line, column: parser.column + 1 }, problem);
  parser.on("error", (error) => {
    throw broken(`this is not XML: ${error.message.replace(/^\S*?\d+:\d+:\s*/, "").replace(/\.$/, "")}.`);
  });
  parser.on("opentag", (tag) => {
    if (open.length === deepest) throw broken("it is nested too deep to be read.");
    const attributes = new Map(Object.entries(tag.attributes as Record<string, string>));
    const element: Element = { name: localName(tag.name), attributes, children: [], text: "", line: parser.line };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on("text", (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on("cdata", (text) => {
    const element = open.at(-1);
    if (element) element.text += text;
  });
  parser.on("closetag", () => {
    const element = open.pop();
    if (element) element.text = element.text.trim();
  });
  parser.write(source.text).close();
  if (root === undefined) throw broken("it holds no element.");
  return root;
}

/** The elements at the end of a path of names. */
export function elementsAt(element: Element, ...path: string[]): Element[] {
  return path.reduce<Element[]>(
    (found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)),
    [element],
  );
}

/** The text of the first element of that name. */
export function textOf(element: Element, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** Loaded when the first XML manifest is met: `leash detect` is mostly start-up time. */
function saxes(): typeof import("saxes") {
  return require("saxes");
}
