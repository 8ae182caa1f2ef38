import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeBackup } from "../../src/backup/backup";
import { drillBackup } from "../../src/backup/drill";
import { restoreDatabase } from "../../src/backup/restore";
import { verifyBackup } from "../../src/backup/verify";
import { createTestBackups, type TestBackups } from "../support/backup";
import { missingClient } from "../support/postgres-client";

describe.skipIf(missingClient)("a backup", () => {
  let backups: TestBackups;
  beforeAll(async () => {
    backups = await createTestBackups();
  }, 60_000);
  afterAll(() => backups?.dispose());

  it("restores what was there", async () => {
    const tenant = await backups.tenant();
    await tenant.query("CREATE TABLE t (x text); INSERT INTO t SELECT g::text FROM generate_series(1, 1000) g");
    const app = backups.app(tenant);
    const made = (await makeBackup(backups.ground, app))!;
    expect(made).toMatchObject({ app: tenant.id, plan: "free", client: { kind: "native" }, dump: "custom" });
    await verifyBackup(backups.ground, made);
    const drilled = await drillBackup(backups.ground, app, made);
    expect(drilled.drill).toMatchObject({ tables: 1, counted: 1, summed: 1, differences: [] });
    await tenant.query("DROP TABLE t");
    const { file } = await backups.ground.store.open(made);
    await restoreDatabase(
      backups.ground,
      { description: tenant.description, credential: { password: tenant.password } },
      { file, dump: made.dump, evidence: made.evidence, databaseBytes: made.databaseBytes, foreignGrants: false },
      { sourceId: made.id },
    );
    expect((await tenant.query("SELECT count(*) FROM t")).rows).toEqual([{ count: "1000" }]);
  });
});
