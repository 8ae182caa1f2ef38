import { type Token, tokensOf } from "../documents/script";

/** What `prisma.config.ts` says, as far as it can be read without running it. */
export interface PrismaConfig {
  /** The schema file or folder, relative to the app's folder. */
  schema?: string;
  /** Environment variables that the datasource's URL is read from. */
  variables: string[];
}

/** Words of an expression that only say "from this folder". */
const joining = new Set(["path", "join", "resolve", "__dirname", "process", "cwd", "import", "meta", "dirname"]);

/** Reads the script of a Prisma config statically. */
export function readPrismaConfig(script: string): PrismaConfig {
  const tokens = [...tokensOf(script)];
  const schema = schemaOf(expressionAfter(tokens, "schema"));
  const variable = variableOf(expressionAfter(tokens, "url"));
  return { ...(schema === undefined ? {} : { schema }), variables: variable === undefined ? [] : [variable] };
}

/** The tokens between `name:` and the comma or bracket that ends the property. */
function expressionAfter(tokens: readonly Token[], name: string): Token[] {
  const start = tokens.findIndex((token, index) => {
    return token.kind !== "sign" && token.text === name && tokens[index + 1]?.text === ":";
  });
  if (start === -1) return [];
  const expression: Token[] = [];
  let depth = 0;
  for (const token of tokens.slice(start + 2)) {
    const sign = token.kind === "sign" ? token.text : "";
    if (depth === 0 && [",", "}", ";"].includes(sign)) break;
    if (["(", "[", "{"].includes(sign)) depth++;
    if ([")", "]", "}"].includes(sign)) depth--;
    expression.push(token);
  }
  return expression;
}

/** `"db/schema.prisma"`, `path.join(__dirname, "db", "schema.prisma")`; anything else can't be known. */
function schemaOf(expression: readonly Token[]): string | undefined {
  const parts = expression.filter(({ kind }) => kind === "string").map(({ text }) => text);
  const isPlain = expression.every(({ kind, text }) => {
    if (kind === "word") return joining.has(text);
    return kind === "string" ? !text.includes("${") : ["(", ")", ",", "."].includes(text);
  });
  return isPlain && parts.length > 0 ? parts.join("/") : undefined;
}

/** `env("NAME")`, `process.env.NAME`, `process.env["NAME"]`, also with a fallback behind. */
function variableOf(expression: readonly Token[]): string | undefined {
  const at = expression.findIndex(({ kind, text }) => kind === "word" && text === "env");
  const [opening, name] = at === -1 ? [] : expression.slice(at + 1).filter(({ text }) => text !== "?");
  const names = { "(": "string", "[": "string", ".": "word" } as const;
  if (opening?.text !== "(" && opening?.text !== "[" && opening?.text !== ".") return undefined;
  return name?.kind === names[opening.text] ? name.text : undefined;
}
