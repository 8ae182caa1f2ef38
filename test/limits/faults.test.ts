import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../src/connection/open";
import { resolveHome } from "../../src/platform/home";
import { startServer } from "../../src/platform/server";
import { auditAppDatabase } from "../../src/tenancy/reconcile";
import type { TenancyServer } from "../../src/tenancy/session";
import { setStanding } from "../../src/tenancy/standing";
import { createGuardGround, type GuardGround, outcome, type TestTenant, until } from "../support/guard";
import { serverKinds } from "../support/tenancy-server";
import { hurryAutovacuum, inAutovacuum } from "./bypass/autovacuum";

const fill = "INSERT INTO t SELECT repeat(md5(random()::text), 32) FROM generate_series(1, 66000)";
const soak = Boolean(process.env.LEASH_SOAK);

describe.each(serverKinds)("on an $title", ({ bin }) => {
  let ground: GuardGround;
  beforeAll(async () => {
    ground = await createGuardGround(bin);
  });
  afterAll(() => ground?.dispose());

  const may = async (tenant: TestTenant) => {
    const read = await outcome(tenant.query("SELECT count(*) FROM t"));
    const write = await outcome(tenant.query("INSERT INTO t VALUES ('one')"));
    return `${read.error ? "" : "reads"} ${write.error ? "" : "writes"}`.trim();
  };
  const holds = async (tenant: TestTenant) =>
    (await auditAppDatabase(ground.server.admin, tenant.description)).length === 0;
  const comesTo = (tenant: TestTenant, wanted: string) =>
    until(async () => ((await may(tenant)) === wanted && (await holds(tenant)) ? true : undefined), 30_000, wanted);

  // A session that is just being ended fails, too.
  const makeRoom = (tenant: TestTenant) =>
    until(async () => ((await outcome(tenant.query("TRUNCATE t"))).error ? undefined : true), 15_000, "room");

  /** A guard that dies with its nth statement: whatever it had begun stays as it is. */
  async function guardThatDies(statements: number): Promise<boolean> {
    let left = statements;
    let died = false;
    const dying: TenancyServer = {
      openSession: async (database) => {
        const session = await ground.server.admin.openSession(database);
        return {
          end: () => session.end(),
          query: <Row>(text: string, values?: unknown[]): Promise<{ rows: Row[] }> => {
            const asked = () => session.query(text, values) as unknown as Promise<{ rows: Row[] }>;
            if (text.includes("pg_stat_activity a") || text.startsWith("SET ")) return asked();
            left -= 1;
            if (left >= 0) return asked();
            died = true;
            return Promise.reject(new Error("killed"));
          },
        };
      },
    };
    ground.start({ reclaimMs: 300, sweepMs: 500 }, dying);
    await until(() => (died ? true : undefined), 6_000, "its death").catch(() => {});
    await ground.stop();
    return died;
  }

  const points = soak ? Array.from({ length: 70 }, (_, n) => n) : [15, 27];

  it("a guard killed at any point of a restriction leaves nothing that the next one does not complete", async () => {
    for (const statements of points) {
      const tenant = await ground.tenant();
      await tenant.query("CREATE TABLE t (x text)");
      await tenant.query(fill);
      await guardThatDies(statements);
      ground.start({ reclaimMs: 300, sweepMs: 500 });
      await comesTo(tenant, "reads");
      await makeRoom(tenant);
      await comesTo(tenant, "reads writes");
      await ground.stop();
    }
  });

  it("a guard killed at any point of a restoration leaves nothing that the next one does not complete", async () => {
    for (const statements of points) {
      const tenant = await ground.tenant();
      await tenant.query("CREATE TABLE t (x text)");
      await tenant.query(fill);
      ground.start({ reclaimMs: 300, sweepMs: 500 });
      await comesTo(tenant, "reads");
      // What is restricted stays so while nobody guards.
      await ground.stop();
      const open = await tenant.login();
      await open.query("TRUNCATE t");
      await guardThatDies(statements);
      ground.start({ reclaimMs: 300, sweepMs: 500 });
      await comesTo(tenant, "reads writes");
      // No session stays behind that is restricted for ever.
      await until(
        async () =>
          (await outcome(open.query("INSERT INTO t VALUES ('old')"))).error !== "permission denied for table t"
            ? true
            : undefined,
        15_000,
        "the old session",
      );
      await open.end().catch(() => {});
      await ground.stop();
    }
  });

  it("a restart of the server is no way out of a restriction, and no way to stay in one", async () => {
    const tenant = await ground.tenant();
    await tenant.query("CREATE TABLE t (x text)");
    await tenant.query(fill);
    ground.start({ reclaimMs: 300, sweepMs: 500 });
    await comesTo(tenant, "reads");
    const { pid } = JSON.parse((await ground.server.sandbox.leash(["status", "--json"])).stdout);
    process.kill(pid, "SIGKILL");
    await sleep(500);
    await startServer(resolveHome({ LEASH_HOME: ground.server.sandbox.home }));
    await comesTo(tenant, "reads");
    await makeRoom(tenant);
    await comesTo(tenant, "reads writes");
    await ground.stop();
  });

  it("autovacuum runs functions of a suspended app's indexes, and none of them writes", async () => {
    const admin = async (text: string, database = "postgres") => {
      const session = await ground.server.admin.openSession(database);
      return (await session.query(text).finally(() => session.end())).rows;
    };
    const tenant = await ground.tenant();
    await tenant.query(inAutovacuum("INSERT INTO public.w VALUES ('x');"));
    await setStanding(ground.server.admin, tenant.description, "suspended");
    await hurryAutovacuum({ ground, admin });
    await admin("BEGIN READ WRITE; INSERT INTO public.t SELECT generate_series(1, 100); COMMIT", tenant.id);
    const written = async () => Number((await admin("SELECT count(*) AS n FROM public.w", tenant.id))[0]!.n);
    await sleep(8_000);
    expect(await written()).toBe(0);
    // It had something to do all the while.
    await setStanding(ground.server.admin, tenant.description, "open");
    await until(async () => ((await written()) > 0 ? true : undefined), 30_000, "a function in autovacuum");
  });

  // Two minutes on each version: the soak tries them on both.
  if (bin !== undefined && !soak) return;

  it("a wall clock that jumps ends nothing that has time left, and gives nothing more of it", async () => {
    let jumpMs = 0;
    const jumping: TenancyServer = {
      openSession: async (database) => {
        const session = await ground.server.admin.openSession(database);
        return {
          end: () => session.end(),
          query: async <Row>(text: string, values?: unknown[]) => {
            const { rows } = (await session.query(text, values)) as unknown as { rows: Row[] };
            if (!text.includes("pg_stat_activity a")) return { rows };
            const later = ([name, value]: [string, unknown]) =>
              [name, name.endsWith("Ms") && typeof value === "number" ? value + jumpMs : value] as const;
            return { rows: rows.map((row) => Object.fromEntries(Object.entries(row as object).map(later)) as Row) };
          },
        };
      },
    };
    ground.start({}, jumping);
    const tenant = await ground.tenant();
    const [open, working] = [await tenant.login(), await tenant.login()];
    await open.query("BEGIN; SELECT 1");
    await sleep(1_500);
    jumpMs = 86_400_000;
    await working.query("SELECT pg_sleep(4)");
    await (await tenant.login()).query("SELECT pg_sleep(1)");
    await open.query("COMMIT");
    expect(ground.events.filter(({ app }) => app === tenant.id)).toEqual([]);
    jumpMs = -86_400_000;
    const { ms, code } = await outcome(working.query("SET statement_timeout = 0; SELECT pg_sleep(120)"));
    expect(code).toBe("57014");
    expect(ms).toBeGreaterThan(30_000);
    expect(ms).toBeLessThan(35_000);
    await ground.stop();
  });

  it("200 tenants at once are all ended in time, and all that they changed is put back", async () => {
    ground.start({ sweepMs: 1_000 });
    const tenants: TestTenant[] = [];
    while (tenants.length < 200) {
      tenants.push(...(await Promise.all(Array.from({ length: 25 }, () => ground.tenant()))));
    }
    await sleep(2_000);
    // All of them are there before the first begins.
    const sessions: [TestTenant, Session][] = [];
    while (sessions.length < tenants.length) {
      const next = tenants.slice(sessions.length, sessions.length + 25);
      sessions.push(
        ...(await Promise.all(next.map(async (one): Promise<[TestTenant, Session]> => [one, await one.login()]))),
      );
    }
    const outcomes = await Promise.all(
      sessions.map(async ([tenant, session]) => {
        await session.query(`SET ROLE NONE; ALTER ROLE ${tenant.id} SET statement_timeout = 0`);
        const ended = await outcome(session.query("SET statement_timeout = 0; SELECT pg_sleep(200)"));
        await session.end().catch(() => {});
        return ended;
      }),
    );
    expect(outcomes.filter(({ error }) => error === undefined)).toEqual([]);
    expect(Math.max(...outcomes.map(({ ms }) => ms))).toBeLessThan(36_000);
    for (const tenant of tenants) expect(await holds(tenant), tenant.id).toBe(true);
    await ground.stop();
  });
});
