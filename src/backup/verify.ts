import fs from "node:fs";
import { errorCode, LeashError } from "../errors";
import { sumFile } from "./backup";
import { type BackupGround, chooseReader } from "./ground";
import type { Manifest } from "./manifest";
import { noteResult } from "./note";

/**
 * Reads a stored dump from the first byte to the last: it must be the one that was stored, and every part of it
 * readable. What it comes to is noted: a backup that is not whole is no verified one any more, so that retention keeps
 * another one in its place. A store that may be read alone is for `onUnnoted`, as `noteResult` says.
 * @throws LeashError `backup/corrupt`
 */
export async function verifyBackup(
  { store, clients }: Pick<BackupGround, "store" | "clients">,
  manifest: Manifest,
  { now = new Date(), onUnnoted }: { now?: Date; onUnnoted?: (why: LeashError) => void } = {},
): Promise<Manifest> {
  const opened = await store.open(manifest);
  try {
    await assertUnchanged(opened.file, manifest);
    await chooseReader(clients, manifest.dump).readThrough(opened.file);
  } catch (error) {
    if (error instanceof LeashError && error.code === "backup/corrupt") {
      // That it is not whole is what has to be told.
      await noteResult(store, { ...manifest, verifiedAt: null }, onUnnoted ?? (() => {}));
    }
    throw error;
  } finally {
    await opened.release();
  }
  const verified = { ...manifest, verifiedAt: now.toISOString() };
  await noteResult(store, verified, onUnnoted);
  return verified;
}

/** @throws LeashError `backup/corrupt` when the file is not what was stored */
export async function assertUnchanged(file: string, { id, bytes, sha256 }: Manifest): Promise<void> {
  const corrupt = (says: string) =>
    new LeashError("backup/corrupt", `The dump of backup ${id} ${says}.`, {
      details: [file],
      hint: "Something changed it where it is kept. Restore another backup: `leash backups list`.",
    });
  let found: Pick<Manifest, "bytes" | "sha256">;
  try {
    if (fs.statSync(file).size !== bytes) throw corrupt(`has ${fs.statSync(file).size} bytes instead of ${bytes}`);
    found = await sumFile(file);
  } catch (error) {
    throw errorCode(error) === "ENOENT" ? corrupt("is gone") : error;
  }
  if (found.sha256 !== sha256) throw corrupt("is not the one that was stored: its SHA-256 differs");
}
