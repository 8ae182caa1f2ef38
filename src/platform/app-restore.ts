import fs from "node:fs";
import path from "node:path";
import { sumFile } from "../backup/backup";
import type { RestoreSource } from "../backup/fill";
import type { BackupGround } from "../backup/ground";
import type { Manifest } from "../backup/manifest";
import { discardKept, type Restored, restoreDatabase, undoRestore } from "../backup/restore";
import { type RestoredTable, restoreTable } from "../backup/restore-table";
import { assertUnchanged } from "../backup/verify";
import { workFileName } from "../backup/work-files";
import { errorCode, errorMessage, LeashError } from "../errors";
import { parseAppName } from "../identifier";
import { type PlanName, plans } from "../plans";
import { describeAppDatabase } from "../tenancy/describe";
import { exportDatabase, openGround, requireOwnDatabase, restoring } from "./app-backups";
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
  const opened = await ground.store.open(manifest);
  try {
    await assertUnchanged(opened.file, manifest);
    const foreign = manifest.app !== app.id;
    const source = sourceOf(manifest, opened.file, foreign);
    return await restoreInto(home, ground, app, source, manifest.id, wishes, progress);
  } finally {
    await opened.release();
  }
}

function sourceOf({ dump, evidence, databaseBytes }: Manifest, file: string, foreignGrants: boolean): RestoreSource {
  return { file, dump, evidence, databaseBytes, foreignGrants };
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
    ...{ sourceId, signal, acceptFaults: acceptFaults ?? false, onProgress: restoring(progress) },
    onStep: (step) => {
      if (step === "resuming") progress("Going on with what was restored before");
      if (step === "swapping") progress("Putting it in place");
    },
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
  const opened = await ground.store.open(manifest);
  try {
    const source = sourceOf(manifest, opened.file, manifest.app !== app.id);
    const major = Number.parseInt(manifest.serverVersion, 10);
    const options = { major, signal, onProgress: restoring(progress) };
    return await restoreTable(ground, describeAppDatabase({ id: app.id, plan }), source, table, options);
  } finally {
    await opened.release();
  }
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
  const dump = recognizeDump(file);
  const ground = await openGround(home, progress);
  const { sha256, bytes } = await sumFile(file);
  const { plan = "free" } = app.database ?? {};
  const source = {
    ...{ file, dump, evidence: null, foreignGrants: true },
    // Whoever wrote it, it shall not fill the disk.
    databaseBytes: Math.max(plans[plan].storageBytes, bytes * mostCompressed),
  };
  return restoreInto(home, ground, app, source, `file:${sha256}`, wishes, progress);
}

/** How many times its size a dump may well take as a database. */
const mostCompressed = 10;

/** pg_dump's archive in tar begins with this file. */
const isTar = (head: Buffer) =>
  head.subarray(0, 8).toString("latin1") === "toc.dat\0" && head.subarray(257, 262).toString("latin1") === "ustar";

/** @throws LeashError `import/not-readable`, `import/not-a-dump` */
function recognizeDump(file: string): Manifest["dump"] {
  const head = Buffer.alloc(4096);
  let length: number;
  if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw notADump(`${file} is a folder`);
  try {
    const fd = fs.openSync(file, "r");
    try {
      length = fs.readSync(fd, head);
    } finally {
      fs.closeSync(fd);
    }
  } catch (cause) {
    throw new LeashError("import/not-readable", `${file} can't be read: ${errorCode(cause) ?? errorMessage(cause)}.`, {
      hint: "Name a file that pg_dump wrote, and that your user may read.",
      exitCode: 2,
      cause,
    });
  }
  if (head.subarray(0, 5).toString("latin1") === "PGDMP" || isTar(head)) return "custom";
  if (head[0] === 0x1f && head[1] === 0x8b) return "sql.gz";
  if (length > 0 && !head.subarray(0, length).includes(0)) return "sql.gz";
  throw notADump(`${file} is no dump of pg_dump's`);
}

function notADump(says: string): LeashError {
  return new LeashError("import/not-a-dump", `${says}.`, {
    hint: "It takes the custom format (pg_dump -Fc), tar (-Ft), plain SQL, and plain SQL in gzip.",
    exitCode: 2,
  });
}

/** Copies an app's database as it is now into that of another app. */
export async function cloneDatabase(
  home: Home,
  app: App,
  target: App,
  wishes: RestoreWishes,
  progress: Progress,
): Promise<Restored> {
  const ground = await openGround(home, progress);
  const workspace = await ground.store.workspace(target.id);
  const file = path.join(workspace, workFileName());
  try {
    const { source } = await exportDatabase(home, app, file, progress, wishes.signal);
    return await restoreInto(home, ground, target, source, `clone:${app.id}:${Date.now()}`, wishes, progress);
  } finally {
    fs.rmSync(file, { force: true });
  }
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
