import { withExport } from "../backup/export";
import type { RestoreSource } from "../backup/fill";
import type { BackupGround } from "../backup/ground";
import { openImport } from "../backup/import";
import type { Manifest } from "../backup/manifest";
import { discardKept, type Restored, restoreDatabase, tellRestore, undoRestore } from "../backup/restore";
import { type RestoredTable, restoreTable } from "../backup/restore-table";
import { withSource } from "../backup/source";
import { parseAppName } from "../identifier";
import type { PlanName } from "../plans";
import { describeAppDatabase } from "../tenancy/describe";
import { openGround, requireOwnDatabase } from "./app-backups";
import { findApp } from "./app-selection";
import { type App, createApp, removeApp, saveApp } from "./app-store";
import type { Home } from "./home";
import { withLock } from "./lock";
import { startPlatform } from "./platform";
import { destroyDatabase, mendDatabase, provisionDatabase } from "./provision";
import { administratorServer, type Progress } from "./server";

export interface RestoreWishes {
  acceptFaults?: boolean | undefined;
  signal: AbortSignal;
}

/** Restores a backup into the database of an app: of the one that it is of, or of another. */
export async function restoreBackup(
  home: Home,
  app: App,
  manifest: Manifest,
  wishes: RestoreWishes,
  progress: Progress,
): Promise<Restored> {
  const ground = await openGround(home, progress);
  return withSource(ground, manifest, app.id, (source) =>
    restoreInto(home, ground, app, source, manifest.id, wishes, progress),
  );
}

async function restoreInto(
  home: Home,
  ground: BackupGround,
  app: App,
  source: RestoreSource,
  sourceId: string,
  { acceptFaults, signal }: RestoreWishes,
  progress: Progress,
): Promise<Restored> {
  // An app that has destroyed its database has one again.
  const ready =
    app.database?.state === "ready"
      ? await mendDatabase(home, app)
      : await provisionDatabase(home, app, undefined, progress);
  const { plan } = requireOwnDatabase(ready);
  const description = describeAppDatabase({ id: ready.id, plan });
  return restoreDatabase(ground, { description }, source, {
    ...{ sourceId, signal, acceptFaults: acceptFaults ?? false },
    ...tellRestore(progress),
  });
}

/** Brings one table of a backup back beside what is there. */
export async function restoreOneTable(
  home: Home,
  app: App,
  manifest: Manifest,
  table: string,
  signal: AbortSignal,
  progress: Progress,
): Promise<RestoredTable> {
  const { plan } = requireOwnDatabase(app);
  const ground = await openGround(home, progress);
  return withSource(ground, manifest, app.id, (source) =>
    restoreTable(ground, describeAppDatabase({ id: app.id, plan }), source, table, {
      signal,
      ...tellRestore(progress),
    }),
  );
}

export interface NamedApp {
  app: App;
  /** Its database was only just made: there is nothing to lose. */
  isNew: boolean;
  /** The app itself too. */
  isNewApp: boolean;
}

/** Takes back what `ensureNamedApp` has made, when nothing came of it. */
export async function takeBack(home: Home, { app, isNew, isNewApp }: NamedApp, progress: Progress): Promise<void> {
  if (isNew) await destroyDatabase(home, app, progress);
  if (isNewApp) removeApp(home, app);
}

/** Another app by its name, made where there is none. */
export async function ensureNamedApp(home: Home, name: string, plan: PlanName, progress: Progress): Promise<NamedApp> {
  const { app, isNewApp } = await withLock(home, "apps", async () => {
    const found = findApp(home, { directory: "", name });
    if (found) return { app: found, isNewApp: false };
    // It has no folder until it is deployed from one with --app.
    const made = createApp(parseAppName(name), "");
    saveApp(home, made);
    return { app: made, isNewApp: true };
  });
  if (app.database ?? app.stack) return { app, isNew: false, isNewApp };
  try {
    return { app: await provisionDatabase(home, app, plan, progress), isNew: true, isNewApp };
  } catch (error) {
    await takeBack(home, { app, isNew: true, isNewApp }, progress).catch(() => {});
    throw error;
  }
}

/**
 * Restores a file that pg_dump has made, of whatever database, into an app's.
 * @throws LeashError `import/…`, `restore/…`
 */
export async function importDump(
  home: Home,
  app: App,
  file: string,
  wishes: RestoreWishes,
  progress: Progress,
): Promise<Restored> {
  const { source, sourceId } = await openImport(file, app.database?.plan ?? "free");
  return restoreInto(home, await openGround(home, progress), app, source, sourceId, wishes, progress);
}

/** Copies an app's database as it is now into that of another app. */
export async function cloneDatabase(
  home: Home,
  app: App,
  target: App,
  wishes: RestoreWishes,
  progress: Progress,
): Promise<Restored> {
  requireOwnDatabase(app);
  const ground = await openGround(home, progress);
  progress("Dumping the database");
  return withExport(ground, app.id, target.id, wishes.signal, (source) =>
    restoreInto(home, ground, target, source, `clone:${app.id}:${Date.now()}`, wishes, progress),
  );
}

/** Puts back what the last restore has replaced, or what the last undo has. */
export async function undoLastRestore(
  home: Home,
  app: App,
  progress: Progress,
  direction: "undo" | "redo",
): Promise<void> {
  const { plan } = requireOwnDatabase(app);
  const server = administratorServer(await startPlatform(home, progress));
  await undoRestore(server, describeAppDatabase({ id: app.id, plan }), direction);
}

/** Drops what restores have replaced; returns how many there were. */
export async function discardFormer(home: Home, app: App, progress: Progress): Promise<number> {
  requireOwnDatabase(app);
  const server = administratorServer(await startPlatform(home, progress));
  return (await discardKept(server, app.id)).length;
}
