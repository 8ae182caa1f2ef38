import type { RestoreSource } from "./fill";
import type { BackupGround } from "./ground";
import type { Manifest } from "./manifest";
import { assertUnchanged } from "./verify";

/** A stored dump, opened as `file`, as what is restored into an app's database: that of the app that it is of, or another's. */
export function sourceOf(manifest: Manifest, file: string, app = manifest.app): RestoreSource {
  const { dump, evidence, databaseBytes } = manifest;
  return { file, dump, evidence, databaseBytes, foreignGrants: app !== manifest.app };
}

/**
 * Runs `work` with a stored backup that is the one that was stored, as what is restored into `app`.
 * @throws LeashError `backup/corrupt`, and whatever `work` throws
 */
export async function withSource<Result>(
  { store }: Pick<BackupGround, "store">,
  manifest: Manifest,
  app: string,
  work: (source: RestoreSource) => Promise<Result>,
): Promise<Result> {
  const opened = await store.open(manifest);
  try {
    await assertUnchanged(opened.file, manifest);
    return await work(sourceOf(manifest, opened.file, app));
  } finally {
    await opened.release();
  }
}
