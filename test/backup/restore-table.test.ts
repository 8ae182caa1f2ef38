import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeBackup } from "../../src/backup/backup";
import { findClients } from "../../src/backup/ground";
import { restoreDatabase } from "../../src/backup/restore";
import { restoreTable } from "../../src/backup/restore-table";
import { createTestBackups, type TestBackups } from "../support/backup";
import type { TestTenant } from "../support/guard";
import { missingClient } from "../support/postgres-client";

const ways = [
  { title: "pg_restore", clients: undefined },
  { title: "WebAssembly", clients: findClients({ PATH: "" }) },
];

describe.skipIf(missingClient).each(ways)("from a backup by $title", ({ clients }) => {
  let backups: TestBackups;
  beforeAll(async () => {
    backups = await createTestBackups();
    if (clients) backups.ground.clients = clients;
  }, 60_000);
  afterAll(() => backups?.dispose());

  const source = async (tenant: TestTenant) => {
    const made = (await makeBackup(backups.ground, backups.app(tenant)))!;
    const { file } = await backups.ground.store.open(made);
    const { dump, evidence, databaseBytes } = made;
    return { id: made.id, file, dump, evidence, databaseBytes, foreignGrants: false };
  };
  const one = async (tenant: TestTenant, text: string) => Object.values((await tenant.query(text)).rows[0]!)[0];
  const restore = async (tenant: TestTenant, from: Awaited<ReturnType<typeof source>>, table: string) =>
    restoreTable(backups.ground, tenant.description, from, table);

  it("a partition comes back as a table beside, and is no part of the app's", async () => {
    const tenant = await backups.tenant();
    await tenant.query(
      `CREATE TABLE log (i int) PARTITION BY LIST (i); CREATE TABLE log_a PARTITION OF log FOR VALUES IN (1);
       INSERT INTO log VALUES (1), (1)`,
    );
    const from = await source(tenant);
    await tenant.query("DROP TABLE log_a; CREATE TABLE log_a (x int)");
    const { schema, name } = await restore(tenant, from, "log_a");
    expect(schema).toMatch(/^restored_/);
    expect(await one(tenant, `SELECT count(*) FROM ${schema}.${name}`)).toBe("2");
    expect(await one(tenant, "SELECT count(*) FROM log")).toBe("0");
  }, 60_000);

  it("a partitioned table comes back with its partitions and rows, beside and in its own place", async () => {
    const tenant = await backups.tenant();
    await tenant.query(
      `CREATE TABLE log (i int) PARTITION BY RANGE (i);
       CREATE TABLE log_a PARTITION OF log FOR VALUES FROM (0) TO (10) PARTITION BY LIST (i);
       CREATE TABLE log_a1 PARTITION OF log_a FOR VALUES IN (1); CREATE TABLE log_b PARTITION OF log DEFAULT;
       INSERT INTO log VALUES (1), (1), (77)`,
    );
    const from = await source(tenant);
    await tenant.query("DELETE FROM log");
    const { schema } = await restore(tenant, from, "log");
    expect(await one(tenant, `SELECT count(*) FROM ${schema}.log`)).toBe("3");
    expect(await one(tenant, "SELECT count(*) FROM log")).toBe("0");
    await tenant.query("DROP TABLE log");
    expect(await restore(tenant, from, "public.log")).toMatchObject({ schema: "public" });
    expect(await one(tenant, "SELECT count(*) FROM log")).toBe("3");
  }, 60_000);

  it("a copy ties the app's rows to nothing", async () => {
    const tenant = await backups.tenant();
    await tenant.query(
      `CREATE TABLE users (id int PRIMARY KEY); CREATE TABLE orders (id serial PRIMARY KEY, by int REFERENCES users);
       INSERT INTO users VALUES (1); INSERT INTO orders (by) VALUES (1)`,
    );
    const from = await source(tenant);
    await tenant.query("DELETE FROM orders");
    const { schema } = await restore(tenant, from, "orders");
    await tenant.query("DELETE FROM users");
    expect(await one(tenant, `SELECT count(*) FROM ${schema}.orders`)).toBe("1");
  }, 60_000);

  it("the whole, with what the app has set for itself in its database", async () => {
    const tenant = await backups.tenant();
    await tenant.query(
      `CREATE SCHEMA foo; CREATE TABLE foo.t AS SELECT 1 AS n; SET ROLE NONE;
       ALTER ROLE ${tenant.id} IN DATABASE ${tenant.id} SET search_path TO foo, public`,
    );
    const from = await source(tenant);
    const target = { description: tenant.description, credential: { password: tenant.password } };
    await restoreDatabase(backups.ground, target, from, { sourceId: from.id });
    expect(await one(tenant, "SHOW search_path")).toBe("foo, public");
    expect(await one(tenant, "SELECT n FROM t")).toBe(1);
  }, 60_000);
});
