import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeBackup } from "../../src/backup/backup";
import { drillBackup } from "../../src/backup/drill";
import { restoreDatabase } from "../../src/backup/restore";
import { verifyBackup } from "../../src/backup/verify";
import { administrator } from "../../src/tenancy/server-config";
import { createTestBackups, type TestBackups } from "../support/backup";
import type { TestTenant } from "../support/guard";
import { clientBin, missingClient } from "../support/postgres-client";
import { root } from "../support/sandbox";
import { serverKinds } from "../support/tenancy-server";

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

const everything = fs.readFileSync(path.join(root, "test/backup/schemas/everything.sql"), "utf8");

describe.skipIf(missingClient).each(serverKinds)("a schema of everything, on $title", ({ bin }) => {
  let backups: TestBackups;
  beforeAll(async () => {
    backups = await createTestBackups(bin);
  }, 60_000);
  afterAll(() => backups?.dispose());

  /** Definitions, owners, grants, sequences, large objects and rows as PostgreSQL's own program writes them. */
  const picture = async ({ id }: TestTenant) => {
    const { socketDirectory, password } = backups.server.record;
    const { stdout } = await execa(path.join(bin ?? clientBin, "pg_dump"), ["--inserts", id], {
      env: { PGHOST: socketDirectory, PGPORT: "5432", PGUSER: administrator, PGPASSWORD: password },
    });
    return stdout.replace(/^\\(un)?restrict .*$/gm, "");
  };

  it("comes back as it was: definitions, owners, grants, rows, sequences and large objects", async () => {
    const tenant = await backups.tenant();
    await tenant.query(everything);
    const before = await picture(tenant);
    const made = (await makeBackup(backups.ground, backups.app(tenant)))!;
    expect(await picture(tenant), "the backup leaves no trace").toBe(before);
    await tenant.query("UPDATE kinds SET p = 9 WHERE id = 7");
    expect(await picture(tenant), "a changed row shows").not.toBe(before);
    const { file } = await backups.ground.store.open(made);
    await restoreDatabase(
      backups.ground,
      { description: tenant.description, credential: { password: tenant.password } },
      { file, dump: made.dump, evidence: made.evidence, databaseBytes: made.databaseBytes, foreignGrants: false },
      { sourceId: made.id },
    );
    expect((await picture(tenant)).split("\n")).toEqual(before.split("\n"));
    const { rows } = await tenant.query("INSERT INTO kinds (p) VALUES (3) RETURNING id, serial, computed, g, touched");
    expect(rows).toEqual([{ id: 13, serial: 3, computed: 42, g: 14, touched: 1 }]);
    expect((await tenant.query("SELECT nextval('counter') AS n, lo_get(4242) AS lo")).rows).toEqual([
      { n: "110", lo: Buffer.from([0, 1, 2, 3]) },
    ]);
  }, 60_000);
});
