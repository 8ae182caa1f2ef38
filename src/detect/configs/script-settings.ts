import { type Token, tokensOf } from "../documents/script";
import { type Environment, environmentOf } from "./environment";

/** `name: value` in an object of a script, or a member of JSON. */
export interface Setting {
  name: string;
  /** Offset of its name. */
  offset: number;
  /** Index of the first token of its value. */
  start: number;
  /** The brackets that it stands in. */
  object: Brackets;
}

/** Indices of a pair of brackets among the script's tokens. */
export interface Brackets {
  opening: string;
  start: number;
  end: number;
  /** What the objects around it are named for: `production: {`, `const test = {`. */
  environment: Environment | undefined;
}

/** The settings of a script in the order in which they stand, and what is needed to read their values. */
export interface Script {
  tokens: readonly Token[];
  settings: readonly Setting[];
  /** Index of the first token of its value, by the constant's name. */
  constants: ReadonlyMap<string, number>;
  /** What `const { PGHOST: host } = process.env` names: the variable by the local name. */
  unpacked: ReadonlyMap<string, string>;
  /** Names that are given another value later. */
  reassigned: ReadonlySet<string>;
}

/** Nothing that is read as a value is longer; nested objects have settings of their own. */
const longestExpression = 64;
/** A type annotation, or what `const { … }` unpacks. */
const longestHead = 200;

const declaring = new Set(["const", "let", "var"]);
/** A script without semicolons ends its statements by the next one's first word. */
const starting = new Set([...declaring, "export", "import", "module", "function", "if", "return", "throw", "class"]);
const joiningOperands = new Set(["as", "satisfies", "await", "new", "typeof", "in", "of", "async"]);

/** Reads the settings of JavaScript, TypeScript or JSON without running it. */
export function readScript(text: string): Script {
  const tokens = [...tokensOf(text)];
  const settings: Setting[] = [];
  const constants = new Map<string, number>();
  const unpacked = new Map<string, string>();
  const reassigned = new Set<string>();
  const open: (Brackets & { key?: string | undefined })[] = [
    { opening: "", start: 0, end: tokens.length, environment: undefined },
  ];
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!;
    const inner = open[open.length - 1]!;
    if (token.kind === "sign") {
      if (isOpening(token)) {
        const environment = environmentOf(inner.key ?? "") ?? inner.environment;
        open.push({ opening: token.text, start: index, end: tokens.length, environment });
      } else if (isClosing(token)) {
        inner.end = index;
        if (open.length > 1) open.pop();
      } else if (token.text === "," || token.text === ";") {
        inner.key = undefined;
      }
      continue;
    }
    const next = tokens[index + 1];
    if (token.kind === "word" && declaring.has(token.text) && next?.kind === "word") {
      const start = valueOfDeclaration(tokens, index + 2);
      if (start === undefined) continue;
      inner.key = next.text;
      if (!constants.has(next.text)) constants.set(next.text, start);
      index = start - 1;
    } else if (token.kind === "word" && declaring.has(token.text) && isSign(next, "{")) {
      for (const [local, variable] of unpackedFrom(tokens, index + 2)) unpacked.set(local, variable);
    } else if (inner.opening === "{" && (isSign(tokens[index - 1], "{") || isSign(tokens[index - 1], ","))) {
      const shorthand = token.kind === "word" && (isSign(next, ",") || isSign(next, "}"));
      if (!shorthand && !isSign(next, ":")) continue;
      inner.key = token.text;
      const start = shorthand ? index : index + 2;
      settings.push({ name: token.text, offset: token.offset, start, object: inner });
    } else if (token.kind === "word" && isAssignment(tokens, index + 1)) {
      // `exports.production = {`
      inner.key = token.text;
      if (!isSign(tokens[index - 1], ".")) reassigned.add(token.text);
    }
  }
  return { tokens, settings, constants, unpacked, reassigned };
}

/** The tokens of a value, from its first to the comma, bracket or statement that ends it. */
export function expressionAt(tokens: readonly Token[], start: number): Token[] {
  const expression: Token[] = [];
  let depth = 0;
  for (const token of tokens.slice(start, start + longestExpression)) {
    const sign = token.kind === "sign" ? token.text : "";
    if (depth === 0 && [",", "}", "]", ")", ";"].includes(sign)) break;
    if (depth === 0 && expression.length > 0 && startsStatement(expression[expression.length - 1]!, token)) break;
    if (isOpening(token)) depth++;
    if (isClosing(token)) depth--;
    expression.push(token);
  }
  return expression;
}

/** The value of the first setting of that name; nothing where there is none. */
export function expressionAfter({ tokens, settings }: Script, name: string): Token[] {
  const setting = settings.find((candidate) => candidate.name === name);
  return setting === undefined ? [] : expressionAt(tokens, setting.start);
}

/**
 * The one string or name that a value consists of, also behind a constant (`const client = "pg"`); undefined for what
 * must be run to be known.
 */
export function literalAt(script: Script, start: number, depth = 0): Token | undefined {
  const [only, next] = expressionAt(script.tokens, start);
  if (only === undefined || only.kind === "sign") return undefined;
  if (next !== undefined && next.text !== "as" && next.text !== "satisfies" && next.text !== "!") return undefined;
  if (only.kind === "string") return only.text.includes("${") ? undefined : only;
  const constant = script.constants.get(only.text);
  if (constant === undefined) return only;
  return depth > 3 || script.reassigned.has(only.text) ? undefined : literalAt(script, constant, depth + 1);
}

/** Words of an expression that only say "from this folder". */
const fromHere = new Set(["path", "join", "resolve", "__dirname", "process", "cwd", "import", "meta", "dirname"]);

/** `"db/schema.prisma"`, `path.join(__dirname, "db", "schema.prisma")`; anything else can't be known. */
export function pathOf(expression: readonly Token[]): string | undefined {
  const parts = expression.filter(({ kind }) => kind === "string").map(({ text }) => text);
  const isPlain = expression.every(({ kind, text }) => {
    if (kind === "word") return fromHere.has(text);
    return kind === "string" ? !text.includes("${") : ["(", ")", ",", "."].includes(text);
  });
  return isPlain && parts.length > 0 ? parts.join("/") : undefined;
}

export function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === "sign" && token.text === text;
}

function isOpening({ kind, text }: Token): boolean {
  return kind === "sign" && (text === "(" || text === "[" || text === "{");
}

function isClosing({ kind, text }: Token): boolean {
  return kind === "sign" && (text === ")" || text === "]" || text === "}");
}

/** Two operands side by side belong to two statements, unless a word such as `as` joins them. */
function startsStatement(last: Token, token: Token): boolean {
  if (token.kind === "sign" || joiningOperands.has(token.text)) return false;
  if (token.kind === "word" && starting.has(token.text) && !isSign(last, ".")) return true;
  return last.kind === "sign" ? isClosing(last) : !joiningOperands.has(last.text);
}

function isAssignment(tokens: readonly Token[], index: number): boolean {
  return isSign(tokens[index], "=") && !isSign(tokens[index + 1], "=") && !isSign(tokens[index + 1], ">");
}

/** Where the value begins after `const name` or `const name: Type`. */
function valueOfDeclaration(tokens: readonly Token[], index: number): number | undefined {
  if (isAssignment(tokens, index)) return index + 1;
  if (!isSign(tokens[index], ":")) return undefined;
  let depth = 0;
  for (let at = index + 1; at < Math.min(tokens.length, index + longestHead); at++) {
    const token = tokens[at]!;
    if (isOpening(token)) depth++;
    if (isClosing(token)) depth--;
    if (depth < 0 || isSign(token, ";")) return undefined;
    if (depth === 0 && isAssignment(tokens, at)) return at + 1;
  }
  return undefined;
}

/** The entries of `{ DB_HOST, PGPORT: port = 5432 } = process.env`, from behind the bracket. */
function unpackedFrom(tokens: readonly Token[], start: number): Map<string, string> {
  const none = new Map<string, string>();
  const found = new Map<string, string>();
  for (let at = start; at < Math.min(tokens.length, start + longestHead); at++) {
    if (isSign(tokens[at], "}")) {
      const source = expressionAt(tokens, at + 2);
      return isSign(tokens[at + 1], "=") && /env$/i.test(source[source.length - 1]?.text ?? "") ? found : none;
    }
    const [before, name, sign, local] = tokens.slice(at - 1, at + 3);
    if (name?.kind !== "word" || !(isSign(before, "{") || isSign(before, ","))) continue;
    found.set(isSign(sign, ":") && local?.kind === "word" ? local.text : name.text, name.text);
  }
  return none;
}
