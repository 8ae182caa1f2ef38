import { LeashError } from "../errors";
import { describeAppDatabase } from "../tenancy/describe";
import { alone } from "../tenancy/one-off";
import { dropScratch } from "../tenancy/scratch";
import { type FillOptions, fillScratch } from "./fill";
import type { BackedUpApp, BackupGround } from "./ground";
import type { DrillResult, Manifest } from "./manifest";
import { assertUnchanged } from "./verify";

/**
 * Restores a backup into a scratch database, compares tables, rows and checksums with what was dumped, and notes the
 * evidence with the backup. The scratch database is dropped whatever happens; the app's own is not touched.
 * @throws LeashError `drill/failed`, `restore/…`, `backup/corrupt`
 */
export async function drillBackup(
  ground: BackupGround,
  app: BackedUpApp,
  manifest: Manifest,
  options: FillOptions & { now?: () => Date } = {},
): Promise<Manifest> {
  const now = options.now ?? (() => new Date());
  const began = performance.now();
  const note = async (drill: Pick<DrillResult, "tables" | "counted" | "summed" | "differences">) => {
    const at = now().toISOString();
    const whole = drill.differences.length === 0;
    const seconds = Math.round(performance.now() - began) / 1000;
    const drilled = {
      ...manifest,
      drill: { at, seconds, ...drill },
      ...(whole ? { drilledAt: at, verifiedAt: at } : {}),
    };
    await ground.store.save(drilled);
    return drilled;
  };
  const opened = await ground.store.open(manifest);
  try {
    await assertUnchanged(opened.file, manifest);
    const comparison = await alone(ground.server, app.id, "restore", async () => {
      const description = describeAppDatabase({ id: app.id, plan: app.plan });
      const { dump, evidence, databaseBytes } = manifest;
      const source = { file: opened.file, dump, evidence, databaseBytes, foreignGrants: false };
      const filled = await fillScratch(ground, description, "drill", source, options);
      await dropScratch(ground.server, app.id, "drill", filled.database);
      return filled.comparison!;
    });
    const drilled = await note(comparison);
    if (comparison.differences.length === 0) return drilled;
    throw new LeashError("drill/failed", `Backup ${manifest.id} does not restore to what was dumped.`, {
      details: comparison.differences.slice(0, 10),
      hint: "Make another one (`leash backups create`) and drill that; keep this one for a look at what happened.",
    });
  } catch (error) {
    if (error instanceof LeashError && /^(restore|backup)\//.test(error.code) && error.code !== "backup/no-client") {
      const differences = [error.message, ...error.details].slice(0, 10);
      await note({ tables: 0, counted: 0, summed: 0, differences });
    }
    throw error;
  } finally {
    await opened.release();
  }
}
