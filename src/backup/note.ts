import { LeashError } from "../errors";
import type { Manifest } from "./manifest";
import type { BackupStore } from "./store";

/** What a store says that may be read and not written. */
const readOnly = ["state/not-writable", "backup/store-denied"];

/**
 * Notes with a backup what became of it.
 * @param onUnnoted hears why the store, which may be read alone, does not take it; without it that is thrown
 */
export async function noteResult(
  store: BackupStore,
  manifest: Manifest,
  onUnnoted?: (why: LeashError) => void,
): Promise<void> {
  try {
    await store.save(manifest);
  } catch (error) {
    if (!onUnnoted || !(error instanceof LeashError) || !readOnly.includes(error.code)) throw error;
    onUnnoted(error);
  }
}

/** For people, of a result that is true and was not noted. */
export const unnotedWords = ({ message }: LeashError): string =>
  `⚠ This could not be noted with the backup, so that the list does not show it. ${message}`;
