import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGuardGround, type GuardGround, outcome, type TestTenant, until } from "../support/guard";

describe("an app with forty thousand files, which is slow to look at", () => {
  let ground: GuardGround;
  beforeAll(async () => {
    ground = await createGuardGround(undefined);
  });
  afterAll(() => ground?.dispose());

  it("does not keep the guard from looking at its neighbour, who writes", async () => {
    ground.start();
    const [app, other] = [await ground.tenant("individual"), await ground.tenant()];
    for (let n = 0; n < 20; n++) {
      await app.query(`DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE UNLOGGED TABLE t_%s_%s ()', ${n}, i);
        IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$`);
    }
    await other.query("CREATE TABLE t (x text)");
    const session = await other.login();
    let ends = false;
    const writes = async (work: () => Promise<unknown>) => {
      while (!ends) await Promise.all([outcome(work()), sleep(100)]);
    };
    const busy = [
      writes(() => app.query("CREATE TABLE IF NOT EXISTS w (n int); INSERT INTO w VALUES (1)")),
      writes(() => session.query("INSERT INTO t SELECT repeat(md5(random()::text), 32) FROM generate_series(1, 30)")),
    ];
    const seen = ({ id }: TestTenant) => ground.sizes.filter((one) => one === id).length;
    const seenAgain = async (times: number) => {
      const before = seen(app);
      await until(() => seen(app) >= before + times, 60_000, `${times} looks at it`);
    };
    // By then it is known for what it is.
    await seenAgain(2);
    const before = seen(other);
    await seenAgain(4);
    const looks = seen(other) - before;
    ends = true;
    await Promise.all(busy);
    await session.end();
    // In one question with it, the other would be looked at as often.
    expect(looks).toBeGreaterThanOrEqual(8);
  }, 180_000);
});
