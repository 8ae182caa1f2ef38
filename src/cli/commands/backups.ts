import type { Manifest } from "../../backup/manifest";
import { unnotedWords } from "../../backup/note";
import type { LeashError } from "../../errors";
import {
  createBackup,
  deleteBackup,
  drillNewest,
  findBackup,
  listBackups,
  listKeptDatabases,
  verifyStored,
} from "../../platform/app-backups";
import type { App } from "../../platform/app-store";
import { resolveHome } from "../../platform/home";
import { interruptible } from "../../signals";
import { confirm, print, printJson, quantity, say, withProgress } from "../../terminal";
import { selectApp } from "./db";

export interface AppOptions {
  app?: string;
}

export const size = (bytes: number) =>
  bytes < 1024 ** 2
    ? `${Math.ceil(bytes / 1024)} kB`
    : `${(bytes / 1024 ** 2).toFixed(bytes < 10 * 1024 ** 2 ? 1 : 0)} MB`;
export const shortTime = (time: string) => `${time.slice(0, 16).replace("T", " ")} UTC`;

/** What `backups list --json` and `backups create --json` tell of a backup: the contract's. */
function publicFacts(app: App, { id, startedAt, bytes, sha256, verifiedAt, drilledAt }: Manifest) {
  return { id, app: app.name, createdAt: startedAt, bytes, sha256, verifiedAt, drilledAt };
}

export async function list({ json, ...options }: AppOptions & { json?: boolean }): Promise<void> {
  const home = resolveHome();
  const app = selectApp(options);
  const { backups, broken } = await listBackups(home, app);
  for (const file of broken) say(`⚠ ${file} is no manifest of a backup, and was left out.`);
  if (json) {
    printJson(backups.map((backup) => publicFacts(app, backup)));
    return;
  }
  if (backups.length === 0) {
    say(`There is no backup of ${app.name} yet: one is made every night, and by \`leash backups create\`.`);
  } else {
    print(`${"backup".padEnd(25)}  ${"made".padEnd(20)}  ${"size".padStart(8)}  verified              drilled`);
  }
  for (const { id, startedAt, bytes, verifiedAt, drilledAt, drill } of backups) {
    const failed = drill && drill.differences.length > 0 ? "failed" : "never";
    const times = [verifiedAt ? shortTime(verifiedAt) : "no", drilledAt ? shortTime(drilledAt) : failed];
    print(
      `${id.padEnd(25)}  ${shortTime(startedAt)}  ${size(bytes).padStart(8)}  ${times[0]!.padEnd(20)}  ${times[1]}`,
    );
  }
  const { kept, failure } = await listKeptDatabases(home, app, backups);
  if (failure) say(`⚠ The last ${failure.failures} attempts to back it up failed: ${failure.error}`);
  const undoes = kept.find(({ purpose }) => purpose === "old");
  for (const one of kept) {
    const when = shortTime(one.at.toISOString());
    const [who, next] = one.purpose === "old" ? ["A restore", "undo"] : ["An undo", "redo"];
    const isNext =
      one === undoes || (one.purpose === "undone" && one === kept.find((other) => other.purpose === "undone"));
    const how = isNext ? `\`leash backups ${next}\` puts it back` : `one more \`leash backups ${next}\` puts it back`;
    say(`${who} of ${when} keeps the database that was there before (${size(one.bytes)}): ${how}.`);
  }
  if (kept.length > 0) say("`leash backups discard` drops what is kept.");
}

export async function create({ json, ...options }: AppOptions & { json?: boolean }): Promise<number> {
  const app = selectApp(options);
  return interruptible(async (signal) => {
    const made = await withProgress((progress) => createBackup(resolveHome(), app, progress, signal));
    if (json) printJson(publicFacts(app, made));
    else print(made.id);
    say(
      `✓ ${app.name} is backed up: ${size(made.bytes)}, ${quantity(made.evidence.tables.length, "table")}, verified.`,
    );
  });
}

/** Reads a stored backup from its first byte to its last. */
export async function verify(id: string): Promise<void> {
  const home = resolveHome();
  const manifest = await findBackup(home, id);
  const unnoted: LeashError[] = [];
  const { bytes } = await withProgress((progress) => {
    progress("Reading the backup");
    return verifyStored(home, manifest, (why) => unnoted.push(why));
  });
  say(`✓ Backup ${id} is whole: ${size(bytes)}, as it was stored.`);
  for (const why of unnoted) say(unnotedWords(why));
}

/** Restores the newest backup on trial. */
export async function drill(options: AppOptions): Promise<number> {
  const app = selectApp(options);
  return interruptible(async (signal) => {
    const unnoted: LeashError[] = [];
    const drilled = await withProgress((progress) =>
      drillNewest(resolveHome(), app, progress, signal, (why) => unnoted.push(why)),
    );
    const { seconds, tables, counted, summed } = drilled.drill!;
    say(`✓ Backup ${drilled.id} restores: ${quantity(tables, "table")} in ${seconds.toFixed(1)} s, nothing differs.`);
    say(`  Rows were counted in ${counted} of them, checksums compared in ${summed}.`);
    for (const why of unnoted) say(unnotedWords(why));
  });
}

export async function remove(id: string, { yes }: { yes?: boolean }): Promise<void> {
  const home = resolveHome();
  const manifest = await findBackup(home, id);
  const name = manifest.name ?? manifest.app;
  if (!yes) {
    say(`This deletes backup ${id} of ${name}. It can't be undone.`);
    await confirm({ name }, "backups", `Deleting backup ${id}`);
  }
  await deleteBackup(home, manifest);
  say(`✓ Backup ${id} of ${name} was deleted.`);
}
