import fs from "node:fs";
import path from "node:path";
import { createDirectory } from "../../files";
import { isInUse } from "../work-files";
import { appFolder } from "./keys";

/** Where dumps of an app are made and copied to; a name that no other store's folders have, so it may be emptied. */
const workspaceOf = (workFolder: string, app: string) => path.resolve(workFolder, "s3-work", appFolder("", app));

/** @throws LeashError `state/…` */
export function createWorkspace(workFolder: string, app: string): string {
  const folder = workspaceOf(workFolder, app);
  createDirectory(folder);
  return folder;
}

/** A new folder for a copy; its name tells whose it is. @throws LeashError `state/…` */
export const createCopyFolder = (workFolder: string, app: string): string =>
  fs.mkdtempSync(path.join(createWorkspace(workFolder, app), `copy-${process.pid}-`));

/** Removes what killed processes left. Copies of living ones stay: a restore may read one while a dump begins. */
export function tidyWorkspace(workFolder: string, app: string): void {
  const folder = workspaceOf(workFolder, app);
  for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    if (isInUse(name)) continue;
    fs.rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
