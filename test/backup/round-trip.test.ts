import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeBackup } from "../../src/backup/backup";
import { drillBackup } from "../../src/backup/drill";
import { findClients } from "../../src/backup/ground";
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

const installed = serverKinds.find(({ bin }) => bin !== undefined)?.bin;

describe.skipIf(missingClient ?? !installed)("a backup whose pg_restore is too old here", () => {
  let backups: TestBackups;
  beforeAll(async () => {
    backups = await createTestBackups();
  }, 60_000);
  afterAll(() => backups?.dispose());

  it("is not called broken", async () => {
    const tenant = await backups.tenant();
    await tenant.query("CREATE TABLE t AS SELECT 1 AS n");
    const made = (await makeBackup(backups.ground, backups.app(tenant)))!;
    const old = { ...backups.ground, clients: findClients({ LEASH_POSTGRES_CLIENT_BIN: installed!, PATH: "" }) };
    const refusal = { code: "backup/no-client", message: expect.stringMatching(/pg_restore 15\.\d+ is too old/) };
    await expect(verifyBackup(old, made)).rejects.toMatchObject(refusal);
    await expect(drillBackup(old, backups.app(tenant), made)).rejects.toMatchObject(refusal);
    expect((await backups.ground.store.list(tenant.id)).backups).toEqual([made]);
  });
});

describe.skipIf(missingClient ?? !installed)("a backup of an older server by a newer client", () => {
  let backups: TestBackups;
  beforeAll(async () => {
    backups = await createTestBackups(installed);
    backups.ground.clients = findClients({ LEASH_POSTGRES_CLIENT_BIN: clientBin, PATH: "" });
    backups.ground.clients.dumpers = backups.ground.clients.dumpers.filter(({ major }) => major >= 18);
  }, 60_000);
  afterAll(() => backups?.dispose());

  it("restores", async () => {
    const tenant = await backups.tenant();
    await tenant.query(
      "CREATE TABLE t (n int PRIMARY KEY, x text DEFAULT 'a'); INSERT INTO t SELECT generate_series(1, 9)",
    );
    const made = (await makeBackup(backups.ground, backups.app(tenant)))!;
    expect(made.client.version).toMatch(/^18/);
    expect((await drillBackup(backups.ground, backups.app(tenant), made)).drill).toMatchObject({ differences: [] });
  }, 60_000);
});

const schema = (name: string) => fs.readFileSync(path.join(root, `test/backup/schemas/${name}.sql`), "utf8");
const ways = [
  ...serverKinds.map((kind) => ({ ...kind, clients: undefined })),
  { title: "embedded PostgreSQL by WebAssembly", bin: undefined, clients: findClients({ PATH: "" }) },
];

describe.skipIf(missingClient).each(ways)("on $title", ({ bin, clients }) => {
  let backups: TestBackups;
  beforeAll(async () => {
    backups = await createTestBackups(bin);
    if (clients) backups.ground.clients = clients;
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

  /** Backs up, changes a row, restores, and compares with what was there. */
  const roundTrip = async (tenant: TestTenant, change: string) => {
    const before = await picture(tenant);
    const made = (await makeBackup(backups.ground, backups.app(tenant)))!;
    expect(made.client.kind).toBe(clients ? "wasm" : "native");
    expect(await picture(tenant), "the backup leaves no trace").toBe(before);
    await tenant.query(change);
    expect(await picture(tenant), "a changed row shows").not.toBe(before);
    const { file } = await backups.ground.store.open(made);
    await restoreDatabase(
      backups.ground,
      { description: tenant.description, credential: { password: tenant.password } },
      { file, dump: made.dump, evidence: made.evidence, databaseBytes: made.databaseBytes, foreignGrants: false },
      { sourceId: made.id },
    );
    expect((await picture(tenant)).split("\n")).toEqual(before.split("\n"));
  };

  it("a schema of everything comes back as it was: definitions, owners, grants, rows, sequences, large objects", async () => {
    const tenant = await backups.tenant();
    await tenant.query(schema("everything"));
    await roundTrip(tenant, "UPDATE kinds SET p = 9 WHERE id = 7");
    const { rows } = await tenant.query("INSERT INTO kinds (p) VALUES (3) RETURNING id, serial, computed, g, touched");
    expect(rows).toEqual([{ id: 13, serial: 3, computed: 42, g: 14, touched: 1 }]);
    expect((await tenant.query("SELECT nextval('counter') AS n, lo_get(4242) AS lo")).rows).toEqual([
      { n: "110", lo: Buffer.from([0, 1, 2, 3]) },
    ]);
  }, 60_000);

  it("the films' rental and pgbench's tables come back as they were", async () => {
    const tenant = await backups.tenant();
    await tenant.query(schema("rentals"));
    await roundTrip(tenant, "UPDATE film SET title = 'Another' WHERE film_id = 5");
    expect(
      (await tenant.query("SELECT count(*)::int AS n FROM film WHERE fulltext @@ to_tsquery('another')")).rows,
    ).toEqual([{ n: 0 }]);
  }, 60_000);
});
