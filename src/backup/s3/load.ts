import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { LeashError } from "../../errors";
import type { BackupStore } from "../store";
import type { S3Settings } from "./settings";

/**
 * Opens a store in S3. Amazon's SDK, several times the size of everything else, is in a file of its own, which is loaded
 * only here.
 *
 * @param workFolder on this machine, with room for the largest dump
 * @throws LeashError `backup/no-s3-program`
 */
export async function openS3Store(settings: S3Settings, workFolder: string): Promise<BackupStore> {
  const bundle = createRequire(__filename)(findBundle()) as typeof import("./store");
  // The file has a class LeashError of its own: its errors become ours too.
  if (!(bundle.LeashError.prototype instanceof LeashError)) {
    Object.setPrototypeOf(bundle.LeashError.prototype, LeashError.prototype);
  }
  return bundle.createS3Store(settings, workFolder);
}

/** In the package `dist/backup/s3.js`; in a container's image it lies beside the agent's program. */
function findBundle(): string {
  const candidates = [path.join(__dirname, "s3.js")];
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    candidates.push(path.join(folder, "dist", "backup", "s3.js"));
  }
  const found = candidates.find((file) => fs.existsSync(file));
  if (found !== undefined) return found;
  throw new LeashError("backup/no-s3-program", "The part of leash that speaks with S3 is not in this package.", {
    hint: "Install leash-databases again, or run `npm run build` in its repository.",
  });
}
