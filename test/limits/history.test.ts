import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readHistory, UsageHistory } from "../../src/limits/history";
import { readUsages } from "../../src/limits/usage";
import { dropAppDatabase } from "../../src/tenancy/drop";
import { maintenanceDatabase, type TenancySession } from "../../src/tenancy/session";
import { createGuardGround, type GuardGround, type TestTenant } from "../support/guard";

const minute = 60_000;

describe("what the guard remembers of an app's use", () => {
  let ground: GuardGround;
  let session: TenancySession;
  let tenant: TestTenant;
  beforeAll(async () => {
    ground = await createGuardGround(undefined);
    session = await ground.server.admin.openSession(maintenanceDatabase);
    tenant = await ground.tenant("pro");
  });
  afterAll(async () => {
    await session?.end();
    await ground?.dispose();
  });

  it("is the most of each hour, whatever came in between and whichever guard saw it", async () => {
    const [one, other] = [new UsageHistory(), new UsageHistory()];
    one.noteSize(tenant.id, 5_000);
    one.noteSize(tenant.id, 1_000);
    one.noteSessions(new Map([[tenant.id, 3]]));
    await one.write(session, 0);
    other.noteSize(tenant.id, 2_000);
    other.noteSessions(new Map([[tenant.id, 7]]));
    await other.write(session, 0);
    // The hour may have turned in between.
    const hours = await readHistory(session, tenant.id);
    expect(Math.max(...hours.map(({ bytes }) => bytes))).toBe(5_000);
    expect(Math.max(...hours.map(({ connections }) => connections))).toBe(7);
    expect(hours[0]!.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00Z$/);
  });

  it("is written down now and then, not at each look", async () => {
    const history = new UsageHistory();
    history.noteSize(tenant.id, 10_000);
    await history.write(session, 0);
    history.noteSize(tenant.id, 20_000);
    await history.write(session, 1_000);
    const most = async () => Math.max(...(await readHistory(session, tenant.id)).map(({ bytes }) => bytes));
    expect(await most()).toBe(10_000);
    await history.write(session, minute);
    expect(await most()).toBe(20_000);
  });

  it("has the size of before where an hour only saw connections, and nothing older than seven days", async () => {
    const hour = (ago: string, bytes: number | null) =>
      session.query(
        `INSERT INTO leash.usage VALUES ($1, pg_catalog.date_trunc('hour', pg_catalog.now() - $2::interval), $3, 1)`,
        [tenant.id, ago, bytes],
      );
    await hour("8 days", 1);
    await hour("3 hours", 700);
    await hour("2 hours", null);
    const history = new UsageHistory();
    history.noteSize(tenant.id, 800);
    await history.write(session, 2 * 60 * minute);
    const hours = await readHistory(session, tenant.id);
    expect(hours.slice(0, 2).map(({ bytes }) => bytes)).toEqual([700, 700]);
  });

  it("tells what many apps use in one look as what each uses alone, and goes with its app", async () => {
    const other = await ground.tenant("free");
    const apps = [
      { id: tenant.id, plan: "pro" as const },
      { id: other.id, plan: "free" as const },
    ];
    const usages = await readUsages(session, apps);
    expect([...usages.keys()]).toEqual([tenant.id, other.id]);
    expect(usages.get(tenant.id)).toMatchObject({
      connections: { used: 0, limit: 10 },
      storage: { state: "ok", limitBytes: 2 * 1024 ** 3 },
    });
    await dropAppDatabase(ground.server.admin, tenant.id);
    expect(await readHistory(session, tenant.id)).toEqual([]);
  });
});
