import { makeBackup } from "../backup/backup";
import { drillBackup } from "../backup/drill";
import { findBackup, findNewest } from "../backup/find";
import type { BackedUpApp } from "../backup/ground";
import type { Manifest } from "../backup/manifest";
import { unnotedWords } from "../backup/note";
import { tellRestore } from "../backup/restore";
import { verifyBackup } from "../backup/verify";
import { errorLines, errorMessage, LeashError } from "../errors";
import { interruptible } from "../signals";
import { print, quantity, say, withProgress } from "../terminal";
import { type Ground, openGround, requireApp } from "./backup-ground";
import { type Call, type Commands, parseWords, usageOf } from "./backup-words";
import { listApps } from "./backups";
import { download, exportNow, remove } from "./dump-commands";
import { rebuildServer } from "./rebuild";
import { clone, discard, importDump, redo, restore, undo } from "./restore-commands";

const commands: Commands = {
  list: { takes: "[APP_ID]", options: ["json"], does: "the backups there are", run: list },
  create: { takes: "[APP_ID]", does: "backs one app up now, or all of them", run: create },
  verify: { takes: "BACKUP_ID", does: "reads a backup from the first byte to the last", run: verify },
  drill: { takes: "APP_ID", does: "restores the newest backup on trial, and compares", run: drill },
  restore: {
    takes: "BACKUP_ID",
    options: ["to", "table", "accept-faults", "yes"],
    does: "restores a backup, into another app with --to; what is there is kept. --table brings one table back beside it",
    run: restore,
  },
  undo: { takes: "APP_ID", options: ["yes"], does: "puts back what the last restore has replaced", run: undo },
  redo: { takes: "APP_ID", options: ["yes"], does: "takes the last undo back", run: redo },
  discard: { takes: "APP_ID", options: ["yes"], does: "drops what restores have replaced", run: discard },
  download: { takes: "BACKUP_ID", does: "writes a backup to standard output", run: download },
  export: { takes: "APP_ID", does: "dumps an app's database as it is now to standard output", run: exportNow },
  import: {
    takes: "APP_ID",
    options: ["accept-faults", "yes"],
    does: "restores a dump of pg_dump's from standard input; what is there is kept",
    run: importDump,
  },
  clone: {
    takes: "APP_ID",
    options: ["to", "yes"],
    needs: ["to"],
    does: "copies an app's database as it is now into another app's; what is there is kept",
    run: clone,
  },
  delete: { takes: "BACKUP_ID", options: ["yes"], does: "deletes a backup", run: remove },
  rebuild: { does: "makes the apps again that this server does not have", run: rebuild },
};

/**
 * What operators run in the container of the backups: `docker exec CONTAINER leash-backups …`.
 * @returns the exit code: 0; 1 where something failed; 2 where the words were wrong; 130 and the like after a signal
 */
export async function runBackupCommand(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  try {
    const parsed = parseWords(commands, words);
    if (!parsed) {
      print(usageOf(commands));
      return 0;
    }
    let code = 0;
    const ended = await interruptible(async (signal) => {
      code = await parsed.command.run(await openGround(environment), { ...parsed, signal });
    });
    return ended || code;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  const known = error instanceof LeashError ? error : new LeashError("internal", errorMessage(error));
  for (const line of errorLines(known)) say(line.replaceAll("`leash backups", "`leash-backups"));
  return known.exitCode;
}

async function list({ store, names }: Ground, { word, json }: Call): Promise<number> {
  const { backups, broken } = await store.list(word);
  for (const file of broken) say(`⚠ ${file} is no manifest of a backup, and was left out.`);
  if (json) {
    const facts = backups.map(({ id, app, name, startedAt, bytes, sha256, verifiedAt, drilledAt }) => ({
      ...{ id, app, name: names.get(app) ?? name, createdAt: startedAt, bytes, sha256, verifiedAt, drilledAt },
    }));
    print(JSON.stringify(facts, null, 2));
    return 0;
  }
  if (backups.length === 0) say(`There is no backup in ${store.description} yet.`);
  for (const { id, app, name, bytes, verifiedAt, drilledAt } of backups) {
    const size = `${(bytes / 1024 ** 2).toFixed(1)} MB`.padStart(10);
    const facts = [
      verifiedAt ? "verified" : "not whole",
      drilledAt ? `drilled ${drilledAt.slice(0, 10)}` : "not drilled",
    ];
    print(`${id}  ${app}  ${size}  ${facts.join(", ")}  ${names.get(app) ?? name ?? ""}`.trimEnd());
  }
  return 0;
}

async function create(ground: Ground, { word, signal }: Call): Promise<number> {
  const apps = word === undefined ? await present(ground) : [await requireApp(ground, word)];
  if (apps.length === 0) say("The server has no apps to back up.");
  let code = 0;
  for (const app of apps) {
    signal.throwIfAborted();
    try {
      const made = await makeBackup(ground, app, { signal });
      print(made!.id);
      say(`✓ ${app.id} is backed up: ${made!.bytes} bytes, ${made!.evidence.tables.length} tables, verified.`);
    } catch (error) {
      signal.throwIfAborted();
      say(`${app.id}:`);
      code = Math.max(code, report(error));
    }
  }
  return code;
}

async function verify(ground: Ground, { word }: Call): Promise<number> {
  const unnoted: LeashError[] = [];
  const manifest = await findBackup(ground.store, word!);
  const { id, bytes } = await verifyBackup(ground, manifest, { onUnnoted: (why) => unnoted.push(why) });
  say(`✓ Backup ${id} is whole: ${bytes} bytes, as it was stored.`);
  for (const why of unnoted) say(unnotedWords(why));
  return 0;
}

async function drill(ground: Ground, { word, signal }: Call): Promise<number> {
  const unnoted: LeashError[] = [];
  const app = await requireApp(ground, word!);
  const newest = await findNewest(ground.store, app.id, app.id);
  const { drill: done } = await withProgress((progress) =>
    drillBackup(ground, app, newest, { signal, ...tellRestore(progress), onUnnoted: (why) => unnoted.push(why) }),
  );
  const { seconds, tables, counted, summed } = done!;
  say(`✓ Backup ${newest.id} restores: ${quantity(tables, "table")} in ${seconds.toFixed(1)} s, nothing differs.`);
  say(`  Rows were counted in ${counted} of them, checksums compared in ${summed}.`);
  for (const why of unnoted) say(unnotedWords(why));
  return 0;
}

async function rebuild(ground: Ground, { signal }: Call): Promise<number> {
  let failed = 0;
  let done = 0;
  const listener = {
    onAlone: (app: string) => say(`- ${app} is on this server: left alone.`),
    onBegin: ({ id, app }: Manifest) => say(`  ${app}: restoring ${id}`),
    onDone({ id, app, startedAt }: Manifest) {
      done += 1;
      print(app);
      say(`✓ ${app} is there again, as it was at ${startedAt} (${id}).`);
    },
    onFailed(app: string, error: unknown) {
      if (signal.aborted) return;
      failed += 1;
      say(`${app}:`);
      report(error);
    },
  };
  await rebuildServer(ground, ground.only, listener, signal);
  say(`${done} rebuilt, ${failed} failed.`);
  signal.throwIfAborted();
  return failed > 0 ? 1 : 0;
}

const present = ({ server, names, only }: Ground): Promise<BackedUpApp[]> =>
  listApps({ names: () => names, ...(only ? { only } : {}) }, server);
