import path from "node:path";
import { type BackupGround, findClients } from "../backup/ground";
import { createLocalStore } from "../backup/local-store";
import { openS3Store } from "../backup/s3/load";
import { type BackupSettings, parseBackupSettings } from "../backup/settings";
import type { BackupStore } from "../backup/store";
import { errorMessage, LeashError } from "../errors";
import { readFileIfThere } from "../files";
import type { Home } from "./home";
import { administratorServer } from "./server";
import type { ServerRecord } from "./server-record";

/**
 * What the user set for this home's backups.
 * @throws LeashError `backup/settings`
 */
export function readBackupSettings(home: Home): BackupSettings {
  let given: unknown;
  try {
    const text = readFileIfThere(home.backupSettings);
    if (text === undefined) return parseBackupSettings({}, home.backupSettings);
    given = JSON.parse(text);
  } catch (cause) {
    if (cause instanceof LeashError) throw cause;
    throw new LeashError("backup/settings", `${home.backupSettings} is no file of JSON.`, {
      // A parser's own words quote the file.
      details: cause instanceof SyntaxError ? [`${cause.message.replace(/,? ?"[\s\S]*$/, "")}`] : [errorMessage(cause)],
      hint: "docs/backups.md has all settings with an example; without the file the defaults hold.",
      exitCode: 2,
      cause,
    });
  }
  return parseBackupSettings(given, home.backupSettings);
}

/** @throws LeashError `backup/no-s3-program` */
export async function openBackupStore(home: Home, { destination }: BackupSettings): Promise<BackupStore> {
  if (destination && "s3" in destination) return openS3Store(destination.s3, path.join(home.root, "backup-work"));
  return createLocalStore(destination?.folder ?? home.backups);
}

/** Where this home's backups are, and what makes and reads them. */
export async function openBackupGround(home: Home, record: ServerRecord): Promise<BackupGround> {
  return {
    server: administratorServer(record),
    socketDirectory: record.socketDirectory,
    store: await openBackupStore(home, readBackupSettings(home)),
    clients: findClients(),
  };
}
