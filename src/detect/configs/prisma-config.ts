import { expressionAfter, pathOf, readScript } from "./script-settings";
import { variablesAfter } from "./script-variables";

/** What `prisma.config.ts` says, as far as it can be read without running it. */
export interface PrismaConfig {
  /** The schema file or folder, relative to the app's folder. */
  schema?: string;
  /** Environment variables that the datasource's URL is read from. */
  variables: string[];
}

/** Reads the script of a Prisma config statically. */
export function readPrismaConfig(text: string): PrismaConfig {
  const script = readScript(text);
  const schema = pathOf(expressionAfter(script, "schema"));
  const variables = variablesAfter(script, "url").map(({ name }) => name);
  return { ...(schema === undefined ? {} : { schema }), variables };
}
