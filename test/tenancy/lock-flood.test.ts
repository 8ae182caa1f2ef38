import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAppId } from "../../src/identifier";
import { describeAppDatabase } from "../../src/tenancy/describe";
import { dropAppDatabase } from "../../src/tenancy/drop";
import { outlastLockFlood } from "../../src/tenancy/lock-flood";
import { reconcileAppDatabase } from "../../src/tenancy/reconcile";
import { maintenanceDatabase } from "../../src/tenancy/session";
import { type RealServer, startRealServer } from "../support/tenancy-server";

describe("a server without a lock left", () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startRealServer(undefined);
  });
  afterAll(() => server?.dispose());

  /** Takes all locks, as an app can, and gives them back a little later. */
  async function flood(): Promise<{ over: Promise<void>; error: unknown }> {
    const session = await server.admin.openSession(maintenanceDatabase);
    await session.query(
      "DO $$ BEGIN PERFORM pg_advisory_lock(g) FROM generate_series(1, 400000) g; EXCEPTION WHEN OTHERS THEN NULL; END $$",
    );
    const take = "SELECT count(pg_advisory_lock(500000 + g)) FROM generate_series(1, 10) g";
    await session.query("SELECT count(pg_try_advisory_lock(g)) FROM generate_series(400001, 500000) g").catch(() => {});
    const error = await session.query(take).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    return { over: sleep(1_500).then(() => session.end()), error };
  }

  it("gets its apps made and dropped, as soon as it has some again", async () => {
    const id = createAppId();
    const description = describeAppDatabase({ id, plan: "free" });
    for (const work of [
      () => reconcileAppDatabase(server.admin, description, { credential: { password: "hunter2" } }),
      () => dropAppDatabase(server.admin, id),
    ]) {
      const { over, error } = await flood();
      expect(String(error)).toMatch(/out of shared memory/);
      await work();
      await over;
    }
  }, 60_000);

  it("says so where it gets none", async () => {
    const error = Object.assign(new Error("out of shared memory"), { code: "53200" });
    await expect(outlastLockFlood(() => Promise.reject(error), 0)).rejects.toMatchObject({
      code: "tenancy/out-of-locks",
    });
    const other = new Error("out of memory");
    await expect(outlastLockFlood(() => Promise.reject(other))).rejects.toBe(other);
  });
});
