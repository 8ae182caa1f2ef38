import fs from "node:fs";
import { pipeline } from "node:stream/promises";
import { withExport } from "../backup/export";
import { findBackup } from "../backup/find";
import { LeashError } from "../errors";
import { describeFileError } from "../files";
import { isInteractive, say, withProgress, writeFileOut } from "../terminal";
import { approve, type Ground, requireApp } from "./backup-ground";
import type { Call } from "./backup-words";

/** Dumps an app's database as it is now to standard output, and stores nothing. */
export async function exportNow(ground: Ground, { word, signal }: Call): Promise<number> {
  assertNoTerminal();
  const { id } = await requireApp(ground, word!);
  await withProgress((progress) => {
    progress("Dumping the database");
    return withExport(ground, id, id, signal, ({ file }) => writeFileOut(file, signal));
  });
  say(`✓ ${id} is dumped. What was written holds the app's rows.`);
  return 0;
}

/** Writes a stored backup to standard output. */
export async function download(ground: Ground, { word, signal }: Call): Promise<number> {
  assertNoTerminal();
  const opened = await ground.store.open(await findBackup(ground.store, word!));
  try {
    await writeFileOut(opened.file, signal);
  } finally {
    await opened.release();
  }
  say(`✓ Backup ${word} is written. It holds the app's rows.`);
  return 0;
}

/** Deletes a backup. */
export async function remove(ground: Ground, call: Call): Promise<number> {
  const manifest = await findBackup(ground.store, call.word!);
  const { id, app } = manifest;
  await approve(call, app, `Deleting backup ${id}`, [`This deletes backup ${id} of ${app}. It can't be undone.`]);
  await ground.store.remove(manifest);
  say(`✓ Backup ${id} of ${app} was deleted.`);
  return 0;
}

/** A terminal makes two bytes of each line's end: what came out would be no dump. */
function assertNoTerminal(): void {
  if (!process.stdout.isTTY) return;
  throw new LeashError("backups/to-a-terminal", "A terminal would spoil the dump.", {
    hint: "Write it into a file, without -t: docker exec CONTAINER leash-backups … > FILE",
    exitCode: 2,
  });
}

/**
 * Writes what standard input holds into a file of its own.
 * @throws LeashError `import/no-input`, `state/…`
 */
export async function readInput(file: string, signal: AbortSignal): Promise<void> {
  if (isInteractive()) throw noInput("Standard input is a terminal");
  try {
    await pipeline(process.stdin, fs.createWriteStream(file, { mode: 0o600, flags: "wx" }), { signal });
  } catch (cause) {
    throw describeFileError(cause, file);
  }
  if (fs.statSync(file).size === 0) throw noInput("Standard input is empty");
}

function noInput(says: string): LeashError {
  return new LeashError("import/no-input", `${says}, and should hold a dump.`, {
    hint: "docker exec -i CONTAINER leash-backups import APP_ID --yes < FILE",
    exitCode: 2,
  });
}
