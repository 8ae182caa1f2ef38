import net from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGuardGround, type GuardGround, outcome } from "../support/guard";
import { serverKinds } from "../support/tenancy-server";

/** What the documentation's "Common Issues" tell a developer to look for, to the letter. */
describe.concurrent.each(serverKinds)("on an $title a developer reads", ({ bin }) => {
  let ground: GuardGround;
  beforeAll(async () => {
    ground = await createGuardGround(bin);
    ground.start();
  });
  afterAll(() => ground?.dispose());

  it('"too many connections" at the eleventh', async () => {
    const tenant = await ground.tenant();
    const sessions = await Promise.all(Array.from({ length: 10 }, () => tenant.login()));
    const refused = await tenant.login().then(
      () => "let in",
      (error) => `${error.message} ${error.details}`,
    );
    expect(refused).toContain("too many connections");
    await Promise.all(sessions.map((session) => session.end()));
    await (await tenant.login()).end();
  });

  it('"canceling statement due to statement timeout" after 30 s', async () => {
    const tenant = await ground.tenant();
    const { error, ms } = await outcome(tenant.query("SELECT pg_sleep(60)"));
    expect(error).toBe("canceling statement due to statement timeout");
    expect(ms / 1000).toBeCloseTo(30, 0);
  });

  it('"connection refused" from outside: there is no port', async () => {
    const refused = await new Promise<string>((resolve) => {
      net
        .connect(5432, "127.0.0.1")
        .on("error", (error) => resolve(String(error)))
        .on("connect", () => resolve("open"));
    });
    expect(refused).toContain("ECONNREFUSED");
  });
});
