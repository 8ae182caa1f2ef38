/** Where a section of a config counts. */
export type Environment = "production" | "staging" | "development" | "test";

const named =
  /^(?:(prod|production)|(stage|staging)|(dev|develop|development|local)|(test|testing|e2e))_?(?:config|options|settings|database|db|datasource)?$/i;

/** The environment that a section, a constant or a file is named for: `production`, `devConfig`. */
export function environmentOf(name: string): Environment | undefined {
  const match = named.exec(name);
  if (match === null) return undefined;
  const [, production, staging, development] = match;
  if (production) return "production";
  if (staging) return "staging";
  return development ? "development" : "test";
}
