import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeBackup } from "../../src/backup/backup";
import type { DumpReader } from "../../src/backup/dumps";
import { restoreDatabase } from "../../src/backup/restore";
import { LeashError } from "../../src/errors";
import type { PlanName } from "../../src/plans";
import { describeAppDatabase, ownerRole } from "../../src/tenancy/describe";
import { dropAppDatabase } from "../../src/tenancy/drop";
import { reconcileAppDatabase } from "../../src/tenancy/reconcile";
import { createScratch, dropScratch, swapDatabase } from "../../src/tenancy/scratch";
import { maintenanceDatabase, withSession } from "../../src/tenancy/session";
import { createTestBackups, type TestBackups } from "../support/backup";
import { fillTable, type TestTenant, until } from "../support/guard";
import { missingClient } from "../support/postgres-client";

describe.skipIf(missingClient)("a restore beside what else happens to the app", () => {
  let backups: TestBackups;
  beforeAll(async () => {
    backups = await createTestBackups();
  }, 60_000);
  afterAll(() => backups?.dispose());

  const ask = (text: string) =>
    withSession(backups.server.admin, maintenanceDatabase, async (session) => (await session.query(text)).rows);
  const give = (tenant: TestTenant, plan: PlanName, password: string) =>
    reconcileAppDatabase(backups.server.admin, describeAppDatabase({ id: tenant.id, plan }), {
      credential: { password },
    });
  const backUp = async (tenant: TestTenant) => {
    const made = (await makeBackup(backups.ground, backups.app(tenant)))!;
    const { file } = await backups.ground.store.open(made);
    const { id, dump, evidence, databaseBytes } = made;
    return { id, file, dump, evidence, databaseBytes, foreignGrants: false };
  };

  it("takes back no plan and no password that the app gets meanwhile", async () => {
    const tenant = await backups.tenant();
    await tenant.query("CREATE TABLE t AS SELECT 1 AS n");
    const source = await backUp(tenant);
    const reader = backups.ground.clients.readers.custom!;
    const slow: DumpReader = {
      ...reader,
      async restore(...call) {
        await give(tenant, "pro", "another-password");
        return reader.restore(...call);
      },
    };
    const clients = { ...backups.ground.clients, readers: { custom: slow } };
    const target = { description: tenant.description, credential: { password: tenant.password } };
    await restoreDatabase({ ...backups.ground, clients }, target, source, { sourceId: source.id });
    const plans = await ask(
      `SELECT member::regrole::text AS plan FROM pg_catalog.pg_auth_members WHERE roleid = '${tenant.id}'::regrole`,
    );
    expect(plans).toEqual([{ plan: "leash_plan_pro" }]);
    const session = await backups.server.login(tenant.id, "another-password");
    expect((await session.query("SELECT n FROM t")).rows).toEqual([{ n: 1 }]);
    await session.end();
    await expect(tenant.login()).rejects.toMatchObject({ code: "connection/password" });
  }, 60_000);

  it("of more than the plan holds, into a restricted app: it may read and delete at once, and is not suspended", async () => {
    const tenant = await backups.tenant("individual");
    await tenant.query(`CREATE TABLE t (x text)`);
    await tenant.query(fillTable(75));
    const source = await backUp(tenant);
    await tenant.query("TRUNCATE t");
    await tenant.query(fillTable(52));
    await give(tenant, "free", tenant.password);
    backups.start();
    try {
      await backups.event("restricted", tenant.id);
      await until(
        () => tenant.query("SELECT FROM t LIMIT 1").catch(() => undefined),
        10_000,
        "what a restricted app may",
      );
      await restoreDatabase(backups.ground, { description: tenant.description }, source, { sourceId: source.id });
      await until(() => tenant.query("SELECT FROM t LIMIT 1").catch(() => undefined), 15_000, "its rows to read");
      await sleep(3_000);
      expect(backups.events.filter(({ kind, app }) => kind === "suspended" && app === tenant.id)).toEqual([]);
      await expect(tenant.query("CREATE TABLE more (n int)")).rejects.toMatchObject({ code: "42501" });
      await expect(tenant.query(`SET ROLE ${ownerRole(tenant.id)}`)).rejects.toMatchObject({ code: "42501" });
      await tenant.query("DELETE FROM t WHERE ctid IN (SELECT ctid FROM t LIMIT 60000)");
      await backups.event("restored", tenant.id, 60_000);
    } finally {
      await backups.stop();
    }
  }, 120_000);

  it("of an app that is destroyed meanwhile: told as that, and nothing of it is there", async () => {
    const tenant = await backups.tenant();
    await tenant.query("CREATE TABLE t AS SELECT 1 AS n");
    const source = await backUp(tenant);
    const reader = backups.ground.clients.readers.custom!;
    const slow: DumpReader = {
      ...reader,
      async restore(...call) {
        await dropAppDatabase(backups.server.admin, tenant.id);
        return reader.restore(...call);
      },
    };
    const ground = { ...backups.ground, clients: { ...backups.ground.clients, readers: { custom: slow } } };
    const target = { description: tenant.description };
    await expect(restoreDatabase(ground, target, source, { sourceId: "late" })).rejects.toBeInstanceOf(LeashError);
    const again = restoreDatabase(backups.ground, target, source, { sourceId: "again" });
    await expect(again).rejects.toMatchObject({ code: "tenancy/no-app" });
    await expect(makeBackup(backups.ground, backups.app(tenant))).rejects.toMatchObject({ code: "backup/no-database" });
    const left = await ask(
      `SELECT datname AS name FROM pg_catalog.pg_database WHERE datname LIKE '${tenant.id}%'
        UNION ALL SELECT rolname FROM pg_catalog.pg_roles WHERE rolname LIKE '%${tenant.id.slice(4)}%'`,
    );
    expect(left).toEqual([]);
  }, 60_000);

  it("ends a dump that is under way, which is told as that", async () => {
    const tenant = await backups.tenant();
    await tenant.query("CREATE TABLE t AS SELECT 1 AS n");
    const holder = await tenant.login();
    await holder.query("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
    const dump = makeBackup(backups.ground, backups.app(tenant)).catch((error: unknown) => error);
    await until(
      async () => (await ask("SELECT FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock'")).length > 0,
      10_000,
      "the dump to wait",
    );
    const fresh = await createScratch(backups.server.admin, tenant.description, "new");
    const kept = await swapDatabase(backups.server.admin, tenant.id, fresh);
    expect(await dump).toMatchObject({ code: "backup/interrupted" });
    expect(backups.files(tenant.id)).toEqual([]);
    await holder.end().catch(() => {});
    await dropScratch(backups.server.admin, tenant.id, "old", kept);
  }, 60_000);
});
