import { dumpFileName, isBackupId, type Manifest, manifestFileName } from "../manifest";

/** What a key of the store's names; "manifest", or the format of a dump. */
export interface StoredKey {
  app: string;
  id: string;
  holds: "manifest" | Manifest["dump"];
}

const appPattern = /^app_[a-z0-9]+$/;

/** What all keys of one app begin with; it ends in a slash, so that they are those of no other app. */
export function appFolder(prefix: string, app: string): string {
  if (!appPattern.test(app)) throw new TypeError(`"${app}" is not an app's id.`);
  return `${prefix}${app}/`;
}

export const manifestKey = (prefix: string, { app, id }: Pick<Manifest, "app" | "id">): string =>
  `${appFolder(prefix, app)}${manifestFileName({ id })}`;

export const dumpKey = (prefix: string, { app, id, dump }: Pick<Manifest, "app" | "id" | "dump">): string =>
  `${appFolder(prefix, app)}${dumpFileName({ id, dump })}`;

/** Undefined for what is not the store's: only a key that is whole and exactly as the store writes it counts. */
export function parseKey(prefix: string, key: string): StoredKey | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const [app = "", file = "", ...deeper] = key.slice(prefix.length).split("/");
  const id = file.split(".")[0]!;
  if (deeper.length > 0 || !appPattern.test(app) || !isBackupId(id)) return undefined;
  if (file === manifestFileName({ id })) return { app, id, holds: "manifest" };
  const dump = (["custom", "sql.gz"] as const).find((format) => file === dumpFileName({ id, dump: format }));
  return dump && { app, id, holds: dump };
}
