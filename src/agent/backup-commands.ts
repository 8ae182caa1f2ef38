import { parseArgs } from "node:util";
import { makeBackup } from "../backup/backup";
import { drillBackup } from "../backup/drill";
import type { BackedUpApp, BackupGround } from "../backup/ground";
import { isBackupId, type Manifest } from "../backup/manifest";
import { discardKept, restoreDatabase, undoRestore } from "../backup/restore";
import { assertUnchanged, verifyBackup } from "../backup/verify";
import { errorMessage, escapeControls, LeashError } from "../errors";
import { describeAppDatabase } from "../tenancy/describe";
import { listApps } from "./backups";
import { reachServer } from "./container";
import { openContainerGround, readContainerBackups } from "./container-backups";
import { readCredential, readPresent, rebuildServer } from "./rebuild";

interface Ground extends BackupGround {
  names: ReadonlyMap<string, string>;
  only: readonly string[] | undefined;
}

interface Call {
  word: string | undefined;
  json: boolean;
  signal: AbortSignal;
}

interface Command {
  /** What it takes, as usage names it. */
  takes?: "APP_ID" | "[APP_ID]" | "BACKUP_ID";
  does: string;
  run(ground: Ground, call: Call): Promise<number>;
}

const commands: Record<string, Command> = {
  list: { takes: "[APP_ID]", does: "the backups there are; --json for programs", run: list },
  create: { takes: "[APP_ID]", does: "backs one app up now, or all of them", run: create },
  verify: { takes: "BACKUP_ID", does: "reads a backup from the first byte to the last", run: verify },
  drill: { takes: "APP_ID", does: "restores the newest backup on trial, and compares", run: drill },
  restore: { takes: "BACKUP_ID", does: "restores a backup; what is there is kept", run: restore },
  rebuild: { does: "makes the apps again that this server does not have", run: rebuild },
  undo: { takes: "APP_ID", does: "puts back what the last restore has replaced", run: undo },
  redo: { takes: "APP_ID", does: "takes the last undo back", run: redo },
  discard: { takes: "APP_ID", does: "drops what restores have replaced", run: discard },
};

const usage = [
  "Usage: leash-backups COMMAND",
  ...Object.entries(commands).map(([name, { takes = "", does }]) => `  ${`${name} ${takes}`.padEnd(20)}${does}`),
].join("\n");

const print = (text: string) => process.stdout.write(`${text}\n`);
const say = (text: string) => process.stderr.write(`${escapeControls(text)}\n`);

/**
 * What operators run in the container of the backups: `docker exec CONTAINER leash-backups …`.
 * @returns the exit code: 0; 1 where something failed; 2 where the words were wrong
 */
export async function runBackupCommand(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  try {
    const { command, word, json } = parseWords(words);
    if (!command) {
      print(usage);
      return 0;
    }
    return await command.run(await openGround(environment), { word, json, signal: stop.signal });
  } catch (error) {
    return report(error);
  }
}

/** @throws LeashError `usage/…` */
function parseWords(words: readonly string[]) {
  const wrong = (says: string) => new LeashError("usage/bad-command", says, { hint: usage, exitCode: 2 });
  let parsed: { values: { json?: boolean; help?: boolean }; positionals: string[] };
  try {
    const options = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
    parsed = parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw wrong(errorMessage(error));
  }
  const [name, word, ...more] = parsed.positionals;
  if (parsed.values.help) return { command: undefined, word, json: false };
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) throw wrong(name === undefined ? "A command is missing." : `There is no command ${quote(name)}.`);
  const { takes } = command;
  if (takes && !takes.startsWith("[") && word === undefined) throw wrong(`\`${name}\` takes ${takes}.`);
  if (more.length > 0 || (word !== undefined && !takes)) throw wrong(`\`${name}\` takes ${takes ?? "nothing"}.`);
  if (word !== undefined && takes === "BACKUP_ID" && !isBackupId(word)) {
    throw new LeashError("backup/bad-id", `${quote(word)} is no backup's id.`, {
      hint: "Ids look like 20261123T031500Z-x7k2m9: `leash-backups list`.",
      exitCode: 2,
    });
  }
  if (word !== undefined && takes?.includes("APP_ID") && !/^app_[a-z0-9]+$/.test(word)) {
    const hint = "It is the name of the app's database, such as app_7k2m9qd4tx: `leash-backups list`.";
    throw new LeashError("backup/bad-app", `${quote(word)} is no app's id.`, { hint, exitCode: 2 });
  }
  return { command, word, json: parsed.values.json ?? false };
}

const quote = (word: string) => JSON.stringify(word.slice(0, 60));

function report(error: unknown): number {
  const known = error instanceof LeashError ? error : undefined;
  say(`✗ ${errorMessage(error)}`);
  for (const detail of known?.details ?? []) say(`  - ${detail.replace(/\s*\n\s*/g, " ")}`);
  if (known?.hint)
    for (const line of known.hint.replaceAll("`leash backups", "`leash-backups").split("\n")) say(`  ${line}`);
  say(`  [${known?.code ?? "internal"}]`);
  return known?.exitCode ?? 1;
}

async function openGround(environment: NodeJS.ProcessEnv): Promise<Ground> {
  const { server, socketDirectory, backups } = reachServer(environment);
  if (!backups || socketDirectory === undefined) {
    throw new LeashError("backup/not-here", "This container makes no backups.", {
      hint: "Run it in the container of LeashBackup.",
    });
  }
  const { settings, apps, names } = readContainerBackups(backups);
  return { ...(await openContainerGround({ server, socketDirectory }, settings)), names, only: apps };
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
    if (signal.aborted) return 1;
    try {
      const made = await makeBackup(ground, app, { signal });
      print(made!.id);
      say(`✓ ${app.id} is backed up: ${made!.bytes} bytes, ${made!.evidence.tables.length} tables, verified.`);
    } catch (error) {
      say(`${app.id}:`);
      code = Math.max(code, report(error));
    }
  }
  return code;
}

async function verify(ground: Ground, { word }: Call): Promise<number> {
  const { id, bytes } = await verifyBackup(ground, await findBackup(ground, word!));
  say(`✓ Backup ${id} is whole: ${bytes} bytes, as it was stored.`);
  return 0;
}

async function drill(ground: Ground, { word, signal }: Call): Promise<number> {
  const app = await requireApp(ground, word!);
  const { backups } = await ground.store.list(app.id);
  const newest = backups.find(({ verifiedAt }) => verifiedAt !== null) ?? backups[0];
  if (!newest) {
    const hint = "`leash-backups create` makes one.";
    throw new LeashError("backup/none", `There is no backup of ${app.id} yet.`, { hint });
  }
  const { drill: done } = await drillBackup(ground, app, newest, { signal });
  const { seconds, tables, counted, summed } = done!;
  say(`✓ Backup ${newest.id} restores: ${tables} tables in ${seconds.toFixed(1)} s, nothing differs.`);
  say(`  Rows were counted in ${counted} of them, checksums compared in ${summed}.`);
  return 0;
}

async function restore(ground: Ground, { word, signal }: Call): Promise<number> {
  const manifest = await findBackup(ground, word!);
  const { id, app, dump, evidence, databaseBytes } = manifest;
  const plan = (await readPresent(ground.server)).get(app)?.plan ?? manifest.plan;
  const credential = await readCredential(ground.server, app, manifest.verifier);
  const opened = await ground.store.open(manifest);
  try {
    await assertUnchanged(opened.file, manifest);
    const source = { file: opened.file, dump, evidence, databaseBytes, foreignGrants: false };
    const target = { description: describeAppDatabase({ id: app, plan }), credential };
    await restoreDatabase(ground, target, source, { sourceId: id, signal });
  } finally {
    await opened.release();
  }
  say(`✓ ${app} has what it had at ${manifest.startedAt}. The database that was there before is kept:`);
  say(`  \`leash-backups undo ${app}\` puts it back, \`leash-backups discard ${app}\` drops it.`);
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
      failed += 1;
      say(`${app}:`);
      report(error);
    },
  };
  await rebuildServer(ground, ground.only, listener, signal);
  say(`${done} rebuilt, ${failed} failed.`);
  return failed > 0 || signal.aborted ? 1 : 0;
}

async function undo(ground: Ground, call: Call): Promise<number> {
  const id = await swapBack(ground, call, "undo");
  say(`✓ ${id} has the database again that it had before that restore; \`leash-backups redo ${id}\` takes this back.`);
  return 0;
}

async function redo(ground: Ground, call: Call): Promise<number> {
  say(`✓ ${await swapBack(ground, call, "redo")} has the restored database again.`);
  return 0;
}

async function swapBack(ground: Ground, { word }: Call, direction: "undo" | "redo"): Promise<string> {
  const { id, plan } = await requireApp(ground, word!);
  await undoRestore(ground.server, describeAppDatabase({ id, plan }), direction);
  return id;
}

async function discard(ground: Ground, { word }: Call): Promise<number> {
  const { id } = await requireApp(ground, word!);
  const dropped = await discardKept(ground.server, id);
  say(`✓ ${dropped.length} former databases of ${id} were dropped.`);
  return 0;
}

const present = ({ server, names, only }: Ground): Promise<BackedUpApp[]> =>
  listApps({ names: () => names, ...(only ? { only } : {}) }, server);

/** @throws LeashError `backup/no-app` */
async function requireApp(ground: Ground, id: string): Promise<BackedUpApp> {
  const tenant = (await readPresent(ground.server)).get(id);
  if (tenant) return { id, plan: tenant.plan, name: ground.names.get(id) ?? null };
  throw new LeashError("backup/no-app", `The server has no app ${id}.`, {
    hint: "`leash-backups rebuild` makes those again that have backups.",
  });
}

/** @throws LeashError `backup/not-found` */
async function findBackup({ store }: Ground, id: string): Promise<Manifest> {
  const found = (await store.list()).backups.find((backup) => backup.id === id);
  if (found) return found;
  throw new LeashError("backup/not-found", `There is no backup ${id}.`, { hint: "`leash-backups list` shows them." });
}
