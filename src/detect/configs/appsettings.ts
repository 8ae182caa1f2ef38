import type { FileView } from "../file-view";
import { quietly } from "../quietly";

/** Those of its tests are not the app's. */
const appsettingsFile = /^appsettings(?:\.(?!tests?\.)[\w-]+)?\.json$/i;
const mostFiles = 8;
const longestFile = 200_000;

/** One to a string: `"Host=db;Database=shop"`, `"Server=db;Port=5432;Database=shop"`, `"Data Source=shop.db"`. */
const connection = /"[^"\n]{0,400}?\b(?:Host|Server|Data Source|DataSource|Filename)\s*=[^"\n]*"/gi;
/** What a message broker's string has not. */
const ofDatabase = /\b(?:Database|Initial Catalog|Data Source|DataSource|Filename)\s*=/i;
const ofPostgres = /\bPort\s*=\s*5432\b|\bHost\s*=.*\bUser ?name\s*=/i;

/** Whether every connection string in a text of .NET's settings is PostgreSQL's, and there is one. */
export function connectionsArePostgres(text: string): boolean {
  const found = connectionsIn(text);
  return found.length > 0 && found.every((one) => ofPostgres.test(one));
}

/** Whether the app's own settings say how it reaches its databases, and say nothing of MongoDB. */
export function settingsGoWithoutMongo(view: FileView, names: readonly string[]): boolean {
  const texts = names
    .filter((name) => appsettingsFile.test(name))
    .slice(0, mostFiles)
    .map((name) => quietly(() => view.readText(name)) ?? "");
  return texts.some((text) => connectionsIn(text).length > 0) && !texts.some((text) => /mongo/i.test(text));
}

/** A comment is a line. */
function connectionsIn(text: string): string[] {
  if (text.length > longestFile) return [];
  const spoken = text.replace(/^[ \t]*\/\/.*$/gm, "");
  return [...spoken.matchAll(connection)].map(([one]) => one).filter((one) => ofDatabase.test(one));
}
