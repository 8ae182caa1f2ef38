import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plans } from "../../src/plans";
import { auditAppDatabase } from "../../src/tenancy/reconcile";
import { createGuardGround, fillTable, type GuardGround, outcome, type TestTenant, until } from "../support/guard";
import { serverKinds } from "../support/tenancy-server";

/** What a session says that was ended while it was idle. */
const isGone = /terminat|not queryable/;
const megabytes = (n: number) =>
  `INSERT INTO t SELECT repeat(md5(random()::text), 32) FROM generate_series(1, ${n * 960})`;

describe.each(serverKinds)("the guard on an $title", ({ bin }) => {
  let ground: GuardGround;
  beforeAll(async () => {
    ground = await createGuardGround(bin);
    ground.start({ reclaimMs: 500, sweepMs: 1_000 });
  });
  afterAll(() => ground?.dispose());

  const whoami = async (tenant: TestTenant) => (await tenant.query("SELECT current_user AS who")).rows[0]!.who;

  describe.concurrent("for a statement that takes too long", () => {
    it("ends a statement that has lifted its own limit, a little after 30 s, and leaves the session", async () => {
      const tenant = await ground.tenant();
      const session = await tenant.login();
      const { ms, code } = await outcome(session.query("SET statement_timeout = 0; SELECT pg_sleep(120)"));
      expect(code).toBe("57014");
      expect(ms).toBeGreaterThan(30_900);
      expect(ms).toBeLessThan(32_500);
      expect((await session.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      expect(await ground.event("statement-cancelled", tenant.id)).toMatchObject({ detail: { limitMs: 30_000 } });
      await session.end();
    });

    it("leaves the words to the server where the app has not lifted its limit", async () => {
      const tenant = await ground.tenant();
      const { error } = await outcome(tenant.query("SELECT pg_sleep(120)"));
      expect(error).toBe("canceling statement due to statement timeout");
      expect(ground.events.filter(({ app }) => app === tenant.id)).toEqual([]);
    });

    it("ends a session that does not heed a cancel", async () => {
      const tenant = await ground.tenant();
      const trap = `SET statement_timeout = 0; DO $$ BEGIN LOOP
        BEGIN PERFORM pg_sleep(120); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$`;
      const { ms, code } = await outcome(tenant.query(trap));
      expect(code).toBe("57P01");
      expect(ms).toBeLessThan(35_000);
      await ground.event("session-ended", tenant.id);
    });
  });

  it("restricts an app that is over its plan, and restores it once it has deleted its rows", async () => {
    const tenant = await ground.tenant();
    await tenant.query("CREATE TABLE t (x text); CREATE TABLE keep (n int); INSERT INTO keep VALUES (7)");
    // As much as no machine writes between two looks.
    const { error } = await outcome(tenant.query(fillTable(4_000)));
    expect(error).toMatch(/terminating connection/);
    await outcome(tenant.query(fillTable(60)));
    await ground.event("restricted", tenant.id);

    await until(async () => (await outcome(tenant.query("SELECT * FROM keep"))).error === undefined, 10_000, "reading");
    expect(await whoami(tenant)).toBe(tenant.id);
    expect((await outcome(tenant.query("INSERT INTO keep VALUES (8)"))).error).toBe("permission denied for table keep");
    expect((await outcome(tenant.query("CREATE TABLE more (n int)"))).error).toMatch(/permission denied for schema/);
    // A second deploy does not lift it.
    expect(await auditAppDatabase(ground.server.admin, tenant.description)).toEqual([]);

    await tenant.query("DELETE FROM t");
    await ground.event("restored", tenant.id);
    expect(await until(async () => (await whoami(tenant)) === `${tenant.id}_owner`, 10_000, "the owner role")).toBe(
      true,
    );
    await tenant.query("INSERT INTO keep VALUES (8)");
    expect((await tenant.query("SELECT n FROM keep ORDER BY n")).rows).toEqual([{ n: 7 }, { n: 8 }]);
    expect(await auditAppDatabase(ground.server.admin, tenant.description)).toEqual([]);
  });

  it("lets no session that began before a restriction write on, nor one that began before its end go on restricted", async () => {
    const tenant = await ground.tenant();
    await tenant.query("CREATE TABLE t (x text)");
    const idle = await tenant.login();
    await outcome(tenant.query(fillTable(70)));
    await ground.event("restricted", tenant.id);
    expect((await outcome(idle.query("INSERT INTO t VALUES ('late')"))).error).toMatch(isGone);
    const reader = await until(async () => tenant.login().catch(() => undefined), 10_000, "a login");
    await reader.query("SELECT 1");
    await tenant.query("TRUNCATE t");
    await ground.event("restored", tenant.id);
    expect((await outcome(reader.query("INSERT INTO t VALUES ('x')"))).error).toMatch(isGone);
    await tenant.query("INSERT INTO t VALUES ('x')");
  });

  it("suspends an app that grows while it is restricted", async () => {
    const tenant = await ground.tenant();
    await tenant.query(`CREATE TABLE t (x text);
      CREATE FUNCTION more() RETURNS void LANGUAGE sql SECURITY DEFINER AS $$ ${megabytes(1)} $$`);
    await outcome(tenant.query(fillTable(70)));
    await ground.event("restricted", tenant.id);
    const began = Date.now();
    while (!ground.events.some(({ kind, app }) => kind === "suspended" && app === tenant.id)) {
      await outcome(tenant.query("SELECT more()"));
      if (Date.now() - began > 30_000) throw new Error("never suspended");
    }
    const refused = await until(async () => (await outcome(tenant.login())).error, 10_000, "a refused login");
    expect(refused).toMatch(/does not let/);
    const { rows } = await ground.server.admin.openSession("postgres").then(async (session) => {
      const size = await session.query("SELECT pg_database_size($1) AS bytes", [tenant.id]);
      await session.end();
      return size;
    });
    expect(Number(rows[0].bytes)).toBeLessThan((50 + 10) * 1024 ** 2 + 300 * 1024 ** 2);
    // A deploy does not open the door again.
    expect(await auditAppDatabase(ground.server.admin, tenant.description)).toEqual([]);
  });

  it("puts back what an app changes of its own role: settings and password", async () => {
    const tenant = await ground.tenant();
    await sleep(2_500);
    const session = await tenant.login();
    await session.query(
      `SET ROLE NONE; ALTER ROLE ${tenant.id} SET statement_timeout = 0; ALTER ROLE ${tenant.id} PASSWORD 'own'`,
    );
    await session.end();
    await ground.event("mended", tenant.id);
    expect(await whoami(tenant)).toBe(`${tenant.id}_owner`);
    const { rows } = await tenant.query("SHOW statement_timeout");
    expect(rows).toEqual([{ statement_timeout: `${plans.free.statementTimeoutMs / 1000}s` }]);
  });

  it("puts it back under an app that holds its own role in an open transaction", async () => {
    const tenant = await ground.tenant();
    await sleep(2_500);
    const session = await tenant.login();
    await session.query(`SET ROLE NONE; ALTER ROLE ${tenant.id} SET statement_timeout = 0`);
    await session.query(`BEGIN; ALTER ROLE ${tenant.id} SET work_mem = '64MB'`);
    await ground.event("mended", tenant.id);
    expect((await outcome(session.query("SELECT 1"))).error).toMatch(isGone);
  });

  it("ends a session that hoards locks", async () => {
    const tenant = await ground.tenant();
    const session = await tenant.login();
    await session.query("SELECT count(pg_advisory_lock(n)) FROM generate_series(1, 5000) n");
    await ground.event("locks-ended", tenant.id);
    expect((await outcome(session.query("SELECT 1"))).error).toMatch(isGone);
  });
});
