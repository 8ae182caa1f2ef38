import { areFailing, readAttempts } from "../backup/attempts";
import { makeBackup } from "../backup/backup";
import { drillBackup } from "../backup/drill";
import { exportDump } from "../backup/export";
import type { RestoreSource } from "../backup/fill";
import { findBackup as findIn, findNewest } from "../backup/find";
import { type BackupGround, findClients } from "../backup/ground";
import type { Manifest } from "../backup/manifest";
import { tellRestore } from "../backup/restore";
import type { OpenedDump } from "../backup/store";
import { verifyBackup } from "../backup/verify";
import { LeashError } from "../errors";
import { listKept } from "../tenancy/scratch";
import { type App, listApps } from "./app-store";
import { openBackupGround, openBackupStore, readBackupSettings } from "./backups";
import type { Home } from "./home";
import { startPlatform } from "./platform";
import { administratorServer, type Progress, serverStatus } from "./server";
import { readServerRecord } from "./server-record";

/** @throws LeashError `db/none`, `db/not-here` */
export function requireOwnDatabase(app: App): NonNullable<App["database"]> {
  if (app.database?.state === "ready") return app.database;
  if (app.stack) {
    throw new LeashError("db/not-here", `The database of ${app.name} is that of its Pulumi stack ${app.stack.name}.`, {
      hint: "Its server's LeashBackup has its backups, and `leash-backups` in its container restores them: docs/pulumi.md.",
      exitCode: 2,
    });
  }
  throw new LeashError("db/none", `The app ${JSON.stringify(app.name)} has no Leash database.`, {
    hint: "Make one with `leash deploy --choice create`; its backups, if there are any, can be restored then.",
  });
}

const asBackedUp = (app: App) => ({ id: app.id, plan: requireOwnDatabase(app).plan, name: app.name });

export async function openGround(home: Home, progress: Progress): Promise<BackupGround> {
  return openBackupGround(home, await startPlatform(home, progress));
}

/** The backups of an app, newest first; needs no server. */
export async function listBackups(home: Home, app?: App) {
  return (await openBackupStore(home, readBackupSettings(home))).list(app?.id);
}

/** How many backups there are of an app; none where that can't be told. */
export async function countBackups(home: Home, app: App): Promise<number> {
  try {
    return (await listBackups(home, app)).backups.length;
  } catch {
    return 0;
  }
}

/**
 * The backup of this id, whichever app's it is.
 * @throws LeashError `backup/not-found`, `backup/bad-id`
 */
export async function findBackup(home: Home, id: string): Promise<Manifest> {
  return findIn(await openBackupStore(home, readBackupSettings(home)), id);
}

export async function createBackup(home: Home, app: App, progress: Progress, signal: AbortSignal): Promise<Manifest> {
  const wanted = asBackedUp(app);
  const ground = await openGround(home, progress);
  progress("Dumping the database");
  return (await makeBackup(ground, wanted, { signal }))!;
}

export async function deleteBackup(home: Home, manifest: Manifest): Promise<void> {
  await (await openBackupStore(home, readBackupSettings(home))).remove(manifest);
}

/** A stored dump as a file of this machine. */
export async function openStored(home: Home, manifest: Manifest): Promise<OpenedDump> {
  return (await openBackupStore(home, readBackupSettings(home))).open(manifest);
}

/** What the server knows beside the store, where it runs: former databases, and whether backups fail. */
export async function listKeptDatabases(home: Home, app: App, backups: readonly Manifest[]) {
  const nothing = { kept: [], failure: undefined };
  const record = readServerRecord(home);
  if (app.database?.state !== "ready" || !record || !serverStatus(home).running) return nothing;
  const server = administratorServer(record);
  const attempts = (await readAttempts(server, [app.id], new Date())).get(app.id);
  const newest = backups.find(({ verifiedAt }) => verifiedAt !== null);
  const failure = attempts && areFailing(attempts, newest) ? attempts : undefined;
  return { kept: await listKept(server, app.id), failure };
}

/** Needs no server: the dump itself is read. */
export async function verifyStored(
  home: Home,
  manifest: Manifest,
  onUnnoted?: (why: LeashError) => void,
): Promise<Manifest> {
  const store = await openBackupStore(home, readBackupSettings(home));
  return verifyBackup({ store, clients: findClients() }, manifest, onUnnoted && { onUnnoted });
}

/** Drills one backup of an app, the newest by default. @throws LeashError `backup/none` */
export async function drillNewest(
  home: Home,
  app: App,
  progress: Progress,
  signal: AbortSignal,
  onUnnoted?: (why: LeashError) => void,
): Promise<Manifest> {
  const wanted = asBackedUp(app);
  const ground = await openGround(home, progress);
  const newest = await findNewest(ground.store, app.id, app.name);
  return drillBackup(ground, wanted, newest, { signal, ...tellRestore(progress), ...(onUnnoted && { onUnnoted }) });
}

/** Dumps an app's database as it is now into a file, and stores nothing. */
export async function exportDatabase(
  home: Home,
  app: App,
  file: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<RestoreSource> {
  requireOwnDatabase(app);
  const ground = await openGround(home, progress);
  progress("Dumping the database");
  return exportDump(ground, app.id, file, signal);
}

/** The app that a backup is of, where this home still knows it. */
export function appOfBackup(home: Home, { app }: Pick<Manifest, "app">): App | undefined {
  return listApps(home).find(({ id }) => id === app);
}
