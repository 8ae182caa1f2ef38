import { withExport, withWorkFile } from "../backup/export";
import { findBackup } from "../backup/find";
import { openImport } from "../backup/import";
import type { Manifest } from "../backup/manifest";
import { discardKept, type Restored, restoreDatabase, tellRestore, undoRestore } from "../backup/restore";
import { restoreTable } from "../backup/restore-table";
import { withSource } from "../backup/source";
import { LeashError } from "../errors";
import type { Credential } from "../tenancy/audit";
import { describeAppDatabase } from "../tenancy/describe";
import { dropScratch } from "../tenancy/scratch";
import { print, quantity, say, withProgress } from "../terminal";
import { approve, findApp, type Ground, requireApp } from "./backup-ground";
import type { Call } from "./backup-words";
import { readInput } from "./dump-commands";
import { readCredential } from "./rebuild";

/** Restores a backup: into its app's database, into another app's, or one table of it. */
export async function restore(ground: Ground, call: Call): Promise<number> {
  const manifest = await findBackup(ground.store, call.word!);
  if (call.table !== undefined) return restoreOneTable(ground, manifest, call.table, call);
  const what = `backup ${manifest.id} of ${manifest.startedAt}`;
  const id = call.to ?? manifest.app;
  const isOwn = id === manifest.app;
  const app = isOwn ? await findApp(ground, id) : await requireApp(ground, id);
  if (app) await approveReplacing(call, id, what);
  const description = describeAppDatabase({ id, plan: app?.plan ?? manifest.plan });
  // The roles of one that the server has lost are made again, for the password that it had.
  const credential: { credential?: Credential } = isOwn
    ? { credential: await readCredential(ground.server, id, manifest.verifier) }
    : {};
  const restored = await withProgress((progress) =>
    withSource(ground, manifest, id, (source) =>
      restoreDatabase(ground, { description, ...credential }, source, {
        ...{ sourceId: manifest.id, signal: call.signal, acceptFaults: call.acceptFaults },
        ...tellRestore(progress),
      }),
    ),
  );
  tellReplaced(id, what, restored, app !== undefined);
  // An empty database is worth nothing.
  if (!app) await dropScratch(ground.server, id, "old", restored.kept);
  return 0;
}

async function restoreOneTable(ground: Ground, manifest: Manifest, table: string, call: Call): Promise<number> {
  const { id, plan } = await requireApp(ground, call.to ?? manifest.app);
  const { schema, name, faults } = await withProgress((progress) =>
    withSource(ground, manifest, id, (source) =>
      restoreTable(ground, describeAppDatabase({ id, plan }), source, table, {
        ...{ signal: call.signal, ...tellRestore(progress) },
      }),
    ),
  );
  print(`${schema}.${name}`);
  say(`✓ The table of ${manifest.startedAt} is in ${id} as ${schema}.${name}.`);
  tellLeftOut(faults);
  return 0;
}

/** Restores the dump that standard input holds. */
export async function importDump(ground: Ground, call: Call): Promise<number> {
  const { id, plan } = await requireApp(ground, call.word!);
  const what = "the dump on standard input";
  await approveReplacing(call, id, what);
  const restored = await withProgress((progress) =>
    withWorkFile(ground, id, async (file) => {
      progress("Reading the dump");
      await readInput(file, call.signal);
      const { source, sourceId } = await openImport(file, plan, "Standard input");
      return restoreDatabase(ground, { description: describeAppDatabase({ id, plan }) }, source, {
        ...{ sourceId, signal: call.signal, acceptFaults: call.acceptFaults },
        ...tellRestore(progress),
      });
    }),
  );
  tellReplaced(id, what, restored);
  return 0;
}

/** Copies an app's database as it is now into another app's. */
export async function clone(ground: Ground, call: Call): Promise<number> {
  const from = await requireApp(ground, call.word!);
  const { id, plan } = await requireApp(ground, call.to!);
  if (id === from.id) throw new LeashError("backups/same-app", `${id} can't be cloned into itself.`, { exitCode: 2 });
  const what = `${from.id} as it is now`;
  await approveReplacing(call, id, what);
  const restored = await withProgress((progress) => {
    progress("Dumping the database");
    return withExport(ground, from.id, id, call.signal, (source) =>
      restoreDatabase(ground, { description: describeAppDatabase({ id, plan }) }, source, {
        ...{ sourceId: `clone:${from.id}:${Date.now()}`, signal: call.signal, ...tellRestore(progress) },
      }),
    );
  });
  tellReplaced(id, what, restored);
  return 0;
}

const approveReplacing = (call: Call, id: string, what: string) =>
  approve(call, id, `Replacing the database of ${id}`, [
    `This puts ${what} in the place of the database of ${id}.`,
    "What it holds now is kept until `leash-backups discard`; its sessions end.",
  ]);

function tellReplaced(id: string, what: string, { faults }: Restored, isKept = true): void {
  say(`✓ ${id} has the database of ${what}.`);
  tellLeftOut(faults);
  if (!isKept) return;
  say(
    `  What was there before is kept: \`leash-backups undo ${id}\` puts it back, \`leash-backups discard ${id}\` drops it.`,
  );
}

function tellLeftOut(faults: Restored["faults"]): void {
  for (const { type, message } of faults.slice(0, 10)) say(`  Left out: ${type}: ${message}`);
}

/** Puts back what the last restore has replaced. */
export async function undo(ground: Ground, call: Call): Promise<number> {
  const { id, plan } = await requireApp(ground, call.word!);
  await approve(call, id, `Undoing the restore of ${id}`, [
    `This puts the database that ${id} had before its last restore back; what it has now is kept in turn.`,
  ]);
  await undoRestore(ground.server, describeAppDatabase({ id, plan }), "undo");
  say(`✓ ${id} has the database again that it had before that restore; \`leash-backups redo ${id}\` takes this back.`);
  return 0;
}

/** Takes an undo back. */
export async function redo(ground: Ground, call: Call): Promise<number> {
  const { id, plan } = await requireApp(ground, call.word!);
  await approve(call, id, `Redoing the restore of ${id}`, [
    `This puts the database back that the last \`undo\` took from ${id}; what it has now is kept in turn.`,
  ]);
  await undoRestore(ground.server, describeAppDatabase({ id, plan }), "redo");
  say(`✓ ${id} has the restored database again.`);
  return 0;
}

/** Drops what restores have replaced. */
export async function discard(ground: Ground, call: Call): Promise<number> {
  const { id } = await requireApp(ground, call.word!);
  await approve(call, id, `Dropping the former databases of ${id}`, [
    `This drops the former databases of ${id} that restores have kept.`,
  ]);
  const { length } = await discardKept(ground.server, id);
  say(length === 0 ? `✓ Nothing was kept of ${id}.` : `✓ ${quantity(length, "former database")} of ${id} dropped.`);
  return 0;
}
