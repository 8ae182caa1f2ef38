import path from "node:path";
import type { Manifest } from "../../backup/manifest";
import type { Restored } from "../../backup/restore";
import { LeashError } from "../../errors";
import { appOfBackup, findBackup, requireOwnDatabase } from "../../platform/app-backups";
import {
  cloneDatabase,
  discardFormer,
  ensureNamedApp,
  importDump,
  type NamedApp,
  restoreBackup,
  restoreOneTable,
  takeBack,
  undoLastRestore,
} from "../../platform/app-restore";
import { resolveHome } from "../../platform/home";
import { interruptible } from "../../signals";
import { confirm, isInteractive, print, quantity, say, withProgress } from "../../terminal";
import { type AppOptions, shortTime } from "./backups";
import { selectApp } from "./db";

interface RestoreOptions extends AppOptions {
  to?: string;
  table?: string;
  yes?: boolean;
  acceptFaults?: boolean;
}

/** Restores a backup: into its app's database, into another app's, or one table of it. */
export async function restore(id: string, options: RestoreOptions): Promise<number> {
  const home = resolveHome();
  if (options.to !== undefined && options.app !== undefined) {
    throw new LeashError("backups/contradiction", "--to and --app can't both name the app to restore into.", {
      hint: "--to restores into another app, which is made where there is none.",
      exitCode: 2,
    });
  }
  const manifest = await findBackup(home, id);
  if (options.table !== undefined) return restoreTable(manifest, options.table, options);
  const target = await withProgress((progress) => chooseTarget(manifest, options, progress));
  const { app } = target;
  return replaceDatabase(target, `backup ${id} of ${shortTime(manifest.startedAt)}`, options, (signal, progress) =>
    restoreBackup(home, app, manifest, { signal, acceptFaults: options.acceptFaults }, progress),
  );
}

async function chooseTarget(
  manifest: Manifest,
  { to, app }: RestoreOptions,
  progress: (text: string) => void,
): Promise<NamedApp> {
  const home = resolveHome();
  if (to !== undefined) return ensureNamedApp(home, to, manifest.plan, progress);
  const own = appOfBackup(home, manifest);
  const selected = app === undefined ? own : selectApp({ app });
  if (selected && selected.id === own?.id) return { app: selected, isNew: false, isNewApp: false };
  throw new LeashError(
    "backups/other-app",
    own
      ? `Backup ${manifest.id} is one of ${own.name}.`
      : `Backup ${manifest.id} is of an app (${manifest.name ?? manifest.app}) that is not known here any more.`,
    { hint: "To restore it into another app, say so: --to NAME.", exitCode: 2 },
  );
}

async function replaceDatabase(
  target: NamedApp,
  what: string,
  { yes }: { yes?: boolean },
  work: (signal: AbortSignal, progress: (text: string) => void) => Promise<Restored>,
): Promise<number> {
  const { app, isNew } = target;
  if (!yes && !isNew) {
    say(`This puts ${what} in the place of the database of ${app.name}.`);
    say("What it holds now is kept until `leash backups discard`; its sessions end.");
    await confirm(app, "backups", `Replacing the database of ${app.name}`);
  }
  return interruptible(async (signal) => {
    const { faults } = await withProgress((progress) => orTakeBack(target, progress, () => work(signal, progress)));
    say(`✓ ${app.name} has the database of ${what}.`);
    for (const { type, message } of faults.slice(0, 10)) say(`  Left out: ${type}: ${message}`);
    if (isNew) {
      // An empty database is worth nothing.
      await discardFormer(resolveHome(), app, () => {});
    } else {
      say("  What was there before is kept: `leash backups undo` puts it back, `leash backups discard` drops it.");
    }
  });
}

/** What was made for a restore that fails goes with it. */
async function orTakeBack<Result>(
  target: NamedApp,
  progress: (text: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await takeBack(resolveHome(), target, progress).catch(() => {});
    throw error;
  }
}

async function restoreTable(manifest: Manifest, table: string, options: RestoreOptions): Promise<number> {
  const home = resolveHome();
  return interruptible(async (signal) => {
    const { app, restored } = await withProgress(async (progress) => {
      const target = await chooseTarget(manifest, options, progress);
      const restored = await orTakeBack(target, progress, () =>
        restoreOneTable(home, target.app, manifest, table, signal, progress),
      );
      return { app: target.app, restored };
    });
    const { schema, name, faults } = restored;
    print(`${schema}.${name}`);
    say(`✓ The table of ${shortTime(manifest.startedAt)} is in ${app.name} as ${schema}.${name}.`);
    for (const { type, message } of faults.slice(0, 10)) say(`  Left out: ${type}: ${message}`);
  });
}

export async function importFile(
  file: string,
  { yes, acceptFaults, ...options }: AppOptions & { yes?: boolean; acceptFaults?: boolean },
): Promise<number> {
  const home = resolveHome();
  const app = selectApp(options);
  const real = path.resolve(file);
  return replaceDatabase(
    { app, isNew: false, isNewApp: false },
    path.basename(file),
    yes ? { yes } : {},
    (signal, progress) => importDump(home, app, real, { signal, acceptFaults }, progress),
  );
}

/** Copies the app's database as it is now into another app's. */
export async function clone(name: string, { yes, ...options }: AppOptions & { yes?: boolean }): Promise<number> {
  const home = resolveHome();
  const app = selectApp(options);
  const { plan } = requireOwnDatabase(app);
  const target = await withProgress((progress) => ensureNamedApp(home, name, plan, progress));
  if (target.app.id === app.id) {
    throw new LeashError("backups/same-app", `${app.name} can't be cloned into itself.`, { exitCode: 2 });
  }
  return replaceDatabase(target, `${app.name} as it is now`, yes ? { yes } : {}, (signal, progress) =>
    cloneDatabase(home, app, target.app, { signal }, progress),
  );
}

/** Puts back what the last restore has replaced; again, what the one before it has. */
export async function undo({ yes, ...options }: AppOptions & { yes?: boolean }): Promise<void> {
  const app = selectApp(options);
  if (!yes) {
    say(`This puts the database that ${app.name} had before its last restore back; what it has now is kept in turn.`);
    await confirm(app, "backups", `Undoing the restore of ${app.name}`);
  }
  await withProgress((progress) => undoLastRestore(resolveHome(), app, progress, "undo"));
  say(`✓ ${app.name} has the database again that it had before that restore; \`leash backups redo\` takes this back.`);
}

/** Takes an undo back. */
export async function redo({ yes, ...options }: AppOptions & { yes?: boolean }): Promise<void> {
  const app = selectApp(options);
  if (!yes) {
    say(`This puts the database back that the last \`undo\` took from ${app.name}; what it has now is kept in turn.`);
    await confirm(app, "backups", `Redoing the restore of ${app.name}`);
  }
  await withProgress((progress) => undoLastRestore(resolveHome(), app, progress, "redo"));
  say(`✓ ${app.name} has the restored database again.`);
}

/** Drops what restores have replaced. */
export async function discard({ yes, ...options }: AppOptions & { yes?: boolean }): Promise<void> {
  const app = selectApp(options);
  if (!yes && isInteractive()) say(`This drops the former databases of ${app.name} that restores have kept.`);
  if (!yes) await confirm(app, "backups", `Dropping the former databases of ${app.name}`);
  const dropped = await withProgress((progress) => discardFormer(resolveHome(), app, progress));
  say(
    dropped === 0
      ? `✓ Nothing was kept of ${app.name}.`
      : `✓ ${quantity(dropped, "former database")} of ${app.name} dropped.`,
  );
}
