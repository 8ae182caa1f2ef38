import { type Token, tokensOf } from "../documents/script";
import type { Place, Source } from "../place";
import type { Service } from "../types";

/** The `datasource` block of a Prisma schema. */
export interface Datasource {
  /** Undefined when it can't be read without running something (`env("PROVIDER")`). */
  provider?: { service: Service | null; place: Place };
  /** Environment variables that its URLs are read from. */
  variables: string[];
}

const services: ReadonlyMap<string, Service> = new Map([
  ["postgresql", "postgresql"],
  ["postgres", "postgresql"],
  ["cockroachdb", "postgresql"],
  ["mongodb", "mongodb"],
]);

/** The shadow database is Prisma's own affair while developing. */
const urlFields = ["url", "directUrl"];

/** The first `datasource` block of a schema file, or undefined when the file has none. */
export function readDatasource(source: Source): Datasource | undefined {
  const tokens = [...tokensOf(source.text)];
  const start = tokens.findIndex((token, index) => {
    return token.kind === "word" && token.text === "datasource" && isSign(tokens[index + 2], "{");
  });
  if (start === -1) return undefined;

  const datasource: Datasource = { variables: [] };
  for (let index = start + 3; index < tokens.length && !isSign(tokens[index], "}"); index++) {
    const [field, equals, value] = tokens.slice(index, index + 3);
    if (field?.kind !== "word" || !isSign(equals, "=") || value === undefined) continue;
    if (field.text === "provider" && value.kind === "string") {
      const place = { source, line: source.position(field.offset).line };
      datasource.provider = { service: services.get(value.text) ?? null, place };
    } else if (urlFields.includes(field.text)) {
      const variable = variableOf(tokens.slice(index + 2, index + 5));
      if (variable !== undefined) datasource.variables.push(variable);
    }
  }
  return datasource;
}

/** `env("NAME")` */
function variableOf([word, open, name]: Token[]): string | undefined {
  return word?.text === "env" && isSign(open, "(") && name?.kind === "string" ? name.text : undefined;
}

function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === "sign" && token.text === text;
}
