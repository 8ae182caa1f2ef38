import { LeashError } from "../errors";
import { isBackupId, type Manifest } from "./manifest";
import type { BackupStore } from "./store";

/** @throws LeashError `backup/bad-id` */
export function assertBackupId(id: string): void {
  if (isBackupId(id)) return;
  throw new LeashError("backup/bad-id", `${JSON.stringify(id.slice(0, 60))} is no backup's id.`, {
    hint: "Ids look like 20261123T031500Z-x7k2m9: `leash backups list`.",
    exitCode: 2,
  });
}

/**
 * The backup of this id, whichever app's it is.
 * @throws LeashError `backup/not-found`, `backup/bad-id`
 */
export async function findBackup(store: BackupStore, id: string): Promise<Manifest> {
  assertBackupId(id);
  const found = (await store.list()).backups.find((backup) => backup.id === id);
  if (found) return found;
  throw new LeashError("backup/not-found", `There is no backup ${id}.`, { hint: "`leash backups list` shows them." });
}

/**
 * The newest backup of an app that was found to be whole, or else the newest.
 * @param called what people call the app
 * @throws LeashError `backup/none`
 */
export async function findNewest(store: BackupStore, app: string, called: string): Promise<Manifest> {
  const { backups } = await store.list(app);
  const newest = backups.find(({ verifiedAt }) => verifiedAt !== null) ?? backups[0];
  if (newest) return newest;
  throw new LeashError("backup/none", `There is no backup of ${called} yet.`, {
    hint: "`leash backups create` makes one.",
  });
}
