import fs from "node:fs";
import path from "node:path";
import * as z from "zod/mini";
import { variableParts } from "../connection/read-variables";
import { errorCode, LeashError } from "../errors";
import { describeFileError, readFileIfThere, writeFileAtomic } from "../files";
import { createAppId } from "../identifier";
import { planNames } from "../plans";
import { createHome, type Home } from "./home";

const databaseSchema = z.object({
  password: z.string(),
  plan: z.enum(planNames),
  /** `creating` and `dropping` are written before the server is touched, so that an interrupted command is taken up. */
  state: z.enum(["creating", "ready", "dropping"]),
  /** Whether the app's environment takes its DATABASE_URL from this database. */
  injected: z.boolean(),
  /** Whether the app connects through the pool. */
  pool: z.optional(z.boolean()),
});

/** A database that a Pulumi stack made. */
const stackSchema = z.object({
  name: z.string(),
  /** Where Pulumi keeps the stack: a backend's URL, or `own`. */
  backend: z.string(),
  /** Where it was made: a platform stack's name, or the administrator's URL. */
  server: z.string(),
  plan: z.enum(planNames),
  state: z.enum(["creating", "ready", "dropping"]),
  injected: z.boolean(),
  /** What the stack gave out for the app's environment. */
  environment: z.record(z.string(), z.string()),
  /** The folder of the server's socket, where the app reaches it by one. */
  socketDirectory: z.optional(z.string()),
});

const appSchema = z.object({
  id: z.string().check(z.regex(/^app_[a-z0-9]+$/)),
  name: z.string(),
  directory: z.string(),
  createdAt: z.string(),
  /** Ids of what connects, as detection found them at the last deploy: they decide the URL's form. */
  drivers: z.array(z.string()),
  /** The variables that the app reads its connection from, found with them. */
  reads: z.optional(z.array(z.object({ name: z.string(), part: z.enum(variableParts) }))),
  database: z.optional(databaseSchema),
  stack: z.optional(stackSchema),
  /** What the user set. */
  environment: z.record(z.string(), z.string()),
});

/** What a home knows of one app; its file is of mode 0600. */
export type App = z.infer<typeof appSchema>;
export type AppDatabase = z.infer<typeof databaseSchema>;
export type AppStack = z.infer<typeof stackSchema>;

/**
 * All apps of a home, by name.
 * @throws LeashError `state/broken` naming each broken file
 */
export function listApps(home: Home): App[] {
  const apps: App[] = [];
  const broken: string[] = [];
  for (const name of readNames(home.apps)) {
    const file = path.join(home.apps, name);
    const text = readFileIfThere(file);
    if (text === undefined) continue;
    try {
      apps.push(appSchema.parse(JSON.parse(text)));
    } catch {
      broken.push(file);
    }
  }
  if (broken.length > 0) {
    throw new LeashError("state/broken", "Some files of the state folder are not what leash wrote.", {
      details: broken,
      hint: "Restore them from a backup, or move them away: an app without its file is deployed anew.",
    });
  }
  return apps.sort((a, b) => a.name.localeCompare(b.name));
}

export function createApp(name: string, directory: string): App {
  return { id: createAppId(), name, directory, createdAt: new Date().toISOString(), drivers: [], environment: {} };
}

export function saveApp(home: Home, app: App): void {
  createHome(home);
  writeFileAtomic(appFile(home, app.id), `${JSON.stringify(app, null, 2)}\n`);
}

/** Forgets an app, which has no database any more. */
export function removeApp(home: Home, app: App): void {
  fs.rmSync(appFile(home, app.id), { force: true });
}

/** The app as it is now; another process may have changed it since it was listed. */
export function rereadApp(home: Home, app: App): App | undefined {
  const text = readFileIfThere(appFile(home, app.id));
  return text === undefined ? undefined : appSchema.parse(JSON.parse(text));
}

function appFile(home: Home, id: string): string {
  return path.join(home.apps, `${id}.json`);
}

function readNames(directory: string): string[] {
  try {
    return fs.readdirSync(directory).filter((name) => name.endsWith(".json"));
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return [];
    throw describeFileError(cause, directory);
  }
}
