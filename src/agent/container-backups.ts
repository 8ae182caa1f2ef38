import fs from "node:fs";
import * as z from "zod/mini";
import { type BackupGround, findClients } from "../backup/ground";
import { createLocalStore } from "../backup/local-store";
import { openS3Store } from "../backup/s3/load";
import { type BackupSettings, parseBackupSettings } from "../backup/settings";
import type { BackupStore } from "../backup/store";
import { LeashError } from "../errors";
import type { AgentBackups } from "./backups";

/** What the file holds beside the settings. */
const ownSchema = z.looseObject({
  /** These apps alone, by id. */
  apps: z.optional(z.array(z.string().check(z.regex(/^app_[a-z0-9]+$/)))),
  /** What people call the apps, by id. */
  names: z.optional(z.record(z.string(), z.string())),
});

export interface ContainerBackups {
  settings: BackupSettings;
  apps: string[] | undefined;
  names: ReadonlyMap<string, string>;
}

/** A file, because it may hold keys: who may ask Docker sees a container's environment. */
export function readContainerBackups(file: string): ContainerBackups {
  let given: unknown;
  try {
    given = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (cause) {
    // Its own words may quote the file.
    throw new LeashError("backup/settings", `${file} can't be read, or is no JSON.`, { exitCode: 2, cause });
  }
  const own = ownSchema.safeParse(given);
  if (!own.success) {
    const details = own.error.issues.map(({ path }) => `${path.join(".") || "the file"} can't be used`);
    throw new LeashError("backup/settings", `The settings in ${file} can't be used.`, { details, exitCode: 2 });
  }
  const { apps, names = {}, ...settings } = own.data;
  return { settings: parseBackupSettings(settings, file), apps, names: new Map(Object.entries(names)) };
}

/** Where backups stand that the settings name no other place for. */
const defaultFolder = "/var/backups/leash";
/** For dumps on their way to S3. */
const workFolder = "/var/lib/leash-backup";

async function openStore({ destination }: BackupSettings): Promise<BackupStore> {
  if (destination && "s3" in destination) return openS3Store(destination.s3, workFolder);
  return createLocalStore(destination?.folder ?? defaultFolder);
}

export async function openContainerGround(
  reach: Pick<BackupGround, "server" | "socketDirectory">,
  settings: BackupSettings,
): Promise<BackupGround> {
  return { ...reach, store: await openStore(settings), clients: findClients() };
}

/** The backups as `runAgent` makes them. Other settings come with another container. */
export function containerBackups(reach: Pick<BackupGround, "server" | "socketDirectory">, file: string): AgentBackups {
  const { settings, apps, names } = readContainerBackups(file);
  return {
    version: () => "",
    open: async () => ({ ground: await openContainerGround(reach, settings), settings }),
    names: () => names,
    ...(apps ? { only: apps } : {}),
  };
}
