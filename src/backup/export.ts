import fs from "node:fs";
import path from "node:path";
import { describeFileError } from "../files";
import { alone } from "../tenancy/one-off";
import { dumpDatabase, measureDatabase } from "./backup";
import type { RestoreSource } from "./fill";
import { type BackupGround, chooseDumper } from "./ground";
import { workFileName } from "./work-files";

/**
 * Dumps an app's database as it is now into a file, and stores nothing.
 * @returns the dump, as what is restored into another app's database
 * @throws LeashError `backup/…`, `tenancy/one-at-a-time`, `state/…`
 */
export async function exportDump(
  ground: Pick<BackupGround, "server" | "socketDirectory" | "clients">,
  app: string,
  file: string,
  signal: AbortSignal,
): Promise<RestoreSource> {
  const { major, databaseBytes } = await measureDatabase(ground.server, app);
  const dumper = chooseDumper(ground.clients, major, databaseBytes);
  const partial = `${file}.${process.pid}.partial`;
  try {
    const evidence = await alone(ground.server, app, "dump", () =>
      dumpDatabase(ground, app, dumper, partial, { signal }),
    );
    fs.renameSync(partial, file);
    return { file, dump: dumper.dump, evidence, databaseBytes, foreignGrants: true };
  } catch (cause) {
    throw describeFileError(cause, file);
  } finally {
    fs.rmSync(partial, { force: true });
  }
}

/** As `exportDump`, into a file that is there for as long as `work` lasts, in the folder of the dumps of `keeper`. */
export async function withExport<Result>(
  ground: BackupGround,
  app: string,
  keeper: string,
  signal: AbortSignal,
  work: (source: RestoreSource) => Promise<Result>,
): Promise<Result> {
  return withWorkFile(ground, keeper, async (file) => work(await exportDump(ground, app, file, signal)));
}

/** Runs `work` with the name of a file beside an app's dumps, which goes afterwards; a killed one's is tidied away. */
export async function withWorkFile<Result>(
  { store }: Pick<BackupGround, "store">,
  app: string,
  work: (file: string) => Promise<Result>,
): Promise<Result> {
  const file = path.join(await store.workspace(app), workFileName());
  try {
    return await work(file);
  } finally {
    fs.rmSync(file, { force: true });
  }
}
