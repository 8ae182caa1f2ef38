import { loadBundle } from "../../bundles";
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
  const bundle = loadBundle<typeof import("./store")>("backup/s3.js");
  if (!bundle) {
    throw new LeashError("backup/no-s3-program", "The part of leash that speaks with S3 is not in this package.", {
      hint: "Install leash-databases again, or run `npm run build` in its repository.",
    });
  }
  // The file has a class LeashError of its own: its errors become ours too.
  if (!(bundle.LeashError.prototype instanceof LeashError)) {
    Object.setPrototypeOf(bundle.LeashError.prototype, LeashError.prototype);
  }
  return bundle.createS3Store(settings, workFolder);
}
