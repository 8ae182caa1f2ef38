import { LeashError } from "../errors";
import { describeAppDatabase } from "../tenancy/describe";
import { alone } from "../tenancy/one-off";
import { dropScratch } from "../tenancy/scratch";
import { type FillOptions, fillScratch } from "./fill";
import type { BackedUpApp, BackupGround } from "./ground";
import type { DrillResult, Manifest } from "./manifest";
import { noteResult } from "./note";
import { sourceOf } from "./source";
import { assertUnchanged } from "./verify";

/** Longer than a restore takes: the app's own code runs in it, and may sleep. Milliseconds. */
export function restoreLimitMs({ startedAt, finishedAt }: Pick<Manifest, "startedAt" | "finishedAt">): number {
  return 10 * 60_000 + 10 * Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt));
}

export interface DrillOptions extends FillOptions {
  now?: () => Date;
  limitMs?: number;
  onUnnoted?: (why: LeashError) => void;
}

/**
 * Restores a backup into a scratch database, compares tables, rows and checksums with what was dumped, and notes the
 * evidence with the backup (`onUnnoted`: see `noteResult`). The scratch database is dropped whatever happens; the app's own
 * is not touched.
 * @throws LeashError `drill/failed`, `drill/too-long`, `restore/…`, `backup/corrupt`
 */
export async function drillBackup(
  ground: BackupGround,
  app: BackedUpApp,
  manifest: Manifest,
  { limitMs = restoreLimitMs(manifest), onUnnoted, ...options }: DrillOptions = {},
): Promise<Manifest> {
  const limit = AbortSignal.timeout(limitMs);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  const now = options.now ?? (() => new Date());
  const began = performance.now();
  const note = async (drill: Omit<DrillResult, "at" | "seconds">, listener = onUnnoted) => {
    const at = now().toISOString();
    const whole = drill.differences.length === 0;
    const seconds = Math.round(performance.now() - began) / 1000;
    const drilled = {
      ...manifest,
      drill: { at, seconds, ...drill },
      ...(whole ? { drilledAt: at, verifiedAt: at } : {}),
    };
    await noteResult(ground.store, drilled, listener);
    return drilled;
  };
  const opened = await ground.store.open(manifest);
  try {
    await assertUnchanged(opened.file, manifest);
    const comparison = await alone(ground.server, app.id, "restore", async () => {
      const description = describeAppDatabase({ id: app.id, plan: app.plan });
      const source = sourceOf(manifest, opened.file);
      const filled = await fillScratch(ground, description, "drill", source, { ...options, signal });
      await dropScratch(ground.server, app.id, "drill", filled.database);
      return filled.comparison!;
    });
    const drilled = await note(comparison);
    if (comparison.differences.length === 0) return drilled;
    throw new LeashError("drill/failed", `Backup ${manifest.id} does not restore to what was dumped.`, {
      details: comparison.differences.slice(0, 10),
      hint: "Make another one (`leash backups create`) and drill that; keep this one for a look at what happened.",
    });
  } catch (cause) {
    const error = limit.aborted && !options.signal?.aborted ? tooLong(manifest, limitMs) : cause;
    if (
      error instanceof LeashError &&
      /^(drill|restore|backup)\//.test(error.code) &&
      !notOfTheBackup.test(error.code)
    ) {
      const differences = [error.message, ...error.details].slice(0, 10);
      // What failed is what has to be told.
      await note({ tables: 0, counted: 0, summed: 0, differences }, onUnnoted ?? (() => {}));
    }
    throw error;
  } finally {
    await opened.release();
  }
}

/** Told already, or no fault of the backup's. */
const notOfTheBackup = /^(?:backup\/no-client|backup\/store-.*|drill\/failed)$/;

function tooLong({ id }: Manifest, limitMs: number): LeashError {
  return new LeashError(
    "drill/too-long",
    `The drill of backup ${id} took longer than ${Math.ceil(limitMs / 60_000)} minutes.`,
    {
      hint: "A function that an index or a check of the app's calls may not end: look at what the restore stood at.",
    },
  );
}
