import fs from "node:fs";
import path from "node:path";
import { errorCode } from "../errors";
import { createDirectory, describeFileError, flushDirectory, readFileIfThere, writeFileAtomic } from "../files";
import {
  asStored,
  byAge,
  dumpFileName,
  formatManifest,
  isBackupId,
  type Manifest,
  manifestFileName,
  parseManifest,
} from "./manifest";
import type { BackupStore, StoredBackups } from "./store";
import { isInUse } from "./work-files";

/** Keeps backups in a folder of this machine, one folder inside it per app. */
export function createLocalStore(root: string): BackupStore {
  const folder = (app: string) => path.join(root, app);
  const manifestFile = (manifest: Manifest) => path.join(folder(manifest.app), manifestFileName(manifest));
  const dumpFile = (manifest: Manifest) => path.join(folder(manifest.app), dumpFileName(manifest));
  return {
    description: root,
    async list(app) {
      const found: StoredBackups = { backups: [], broken: [] };
      for (const name of app === undefined ? namesIn(root).filter(isApp) : [app]) readFolder(folder(name), name, found);
      found.backups.sort(byAge);
      return found;
    },
    async workspace(app) {
      createDirectory(root);
      createDirectory(folder(app));
      return folder(app);
    },
    async add(manifest, file) {
      const dump = dumpFile(manifest);
      try {
        flushFile(file);
        fs.renameSync(file, dump);
        flushDirectory(folder(manifest.app));
        writeFileAtomic(manifestFile(manifest), formatManifest(manifest));
      } catch (cause) {
        fs.rmSync(dump, { force: true });
        throw describeFileError(cause, dump);
      }
    },
    async save(manifest) {
      // One that was removed in the meantime must not come back as a manifest alone.
      if (fs.existsSync(manifestFile(manifest))) writeFileAtomic(manifestFile(manifest), formatManifest(manifest));
    },
    open: async (manifest) => ({ file: dumpFile(manifest), release: async () => {} }),
    async remove(manifest) {
      try {
        fs.rmSync(manifestFile(manifest), { force: true });
        flushDirectory(folder(manifest.app));
        fs.rmSync(dumpFile(manifest), { force: true });
      } catch (cause) {
        throw describeFileError(cause, manifestFile(manifest));
      }
    },
    async tidy(app) {
      const names = namesIn(folder(app));
      for (const name of names) {
        const id = /^(.*?)(?:\.(?:dump|sql\.gz))?(?:\.partial|\.json\.[0-9a-f]+\.tmp)?$/.exec(name)?.[1] ?? "";
        const isLeft = isInUse(name) === false;
        if (isLeft || (isBackupId(id) && !names.includes(manifestFileName({ id })))) {
          fs.rmSync(path.join(folder(app), name), { force: true });
        }
      }
    },
  };
}

const isApp = (name: string) => /^app_[a-z0-9]+$/.test(name);

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return [];
    throw describeFileError(cause, folder);
  }
}

function readFolder(folder: string, app: string, found: StoredBackups): void {
  for (const name of namesIn(folder)) {
    if (!isBackupId(name.replace(/\.json$/, "")) || !name.endsWith(".json")) continue;
    const file = path.join(folder, name);
    const text = readFileIfThere(file);
    if (text === undefined) continue;
    try {
      const manifest = parseManifest(text);
      if (manifest.app !== app || manifestFileName(manifest) !== name) throw new Error("of another backup");
      const dump = fs.statSync(path.join(folder, dumpFileName(manifest)), { throwIfNoEntry: false });
      found.backups.push(asStored(manifest, dump?.size));
    } catch {
      found.broken.push(file);
    }
  }
}

function flushFile(file: string): void {
  const fd = fs.openSync(file, "r+");
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
