import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fillTable, until } from "../support/guard";
import { createSandbox, type Sandbox, sql } from "../support/sandbox";

describe("what an app uses of its plan", () => {
  let sandbox: Sandbox;
  let cwd: string;
  beforeAll(async () => {
    sandbox = createSandbox();
    cwd = sandbox.app("notes", { "package.json": '{"name":"notes","dependencies":{"pg":"8"}}' });
    expect((await sandbox.leash(["deploy", "--choice", "create"], { cwd })).exitCode).toBe(0);
  });
  afterAll(() => sandbox?.dispose());

  const usage = async () => JSON.parse((await sandbox.leash(["db", "usage", "--json"], { cwd })).stdout);
  const query = (text: string) => sandbox.leash(sql(text), { cwd });
  const state = (wanted: string) =>
    until(async () => ((await usage()).storage.state === wanted ? true : undefined), 30_000, wanted);

  it("is nothing for a new one", async () => {
    expect(await usage()).toEqual({
      ...{ app: "notes", plan: "free", statementTimeoutMs: 30_000, events: [] },
      connections: { used: 0, limit: 10 },
      storage: { bytes: expect.any(Number), limitBytes: 50 * 1024 ** 2, state: "ok" },
    });
    expect((await usage()).storage.bytes).toBeLessThan(300_000);
  });

  it("tells of a restriction and what can be done, and of its end", async () => {
    await query("CREATE TABLE t (x text)");
    await query(fillTable(66));
    await state("restricted");
    await until(async () => ((await usage()).events[0].kind === "restricted" ? true : undefined), 10_000, "the event");
    const { stdout } = await sandbox.leash(["db", "usage"], { cwd });
    expect(stdout).toMatch(/storage: {6}\d+ MB of 50 MB \(\d+ %\), restricted/);
    expect(stdout).toContain("leash db shell --cleanup");
    expect(stdout).toMatch(/The plan's storage is used up \(\d+ MB of 50 MB\)/);

    const refused = await query("INSERT INTO t VALUES ('more')");
    expect(refused.stderr + refused.stdout).toContain("permission denied for table t");
    const doctor = await sandbox.leash(["doctor"], { cwd });
    expect(doctor.exitCode).toBe(1);
    expect(doctor.stdout).toContain("app notes: is restricted");
    expect(doctor.stdout).toContain("✓ agent: running");
    expect(doctor.stdout).not.toContain("should not be");

    await query("TRUNCATE t");
    await state("ok");
    expect((await query("INSERT INTO t VALUES ('more')")).exitCode).toBe(0);
    expect((await sandbox.leash(["doctor"], { cwd })).exitCode).toBe(0);
    const kinds = async () => (await usage()).events.map(({ kind }: { kind: string }) => kind);
    await until(async () => ((await kinds()).includes("restored") ? true : undefined), 10_000, "the event");
  });

  it("follows the plan up and down, while sessions are open", async () => {
    const change = async (plan: string) =>
      expect((await sandbox.leash(["db", "plan", plan], { cwd })).exitCode).toBe(0);
    await change("individual");
    await query(fillTable(66));
    expect((await usage()).storage).toMatchObject({ limitBytes: 500 * 1024 ** 2, state: "ok" });
    await change("free");
    await state("restricted");
    await change("individual");
    await state("ok");
    expect((await query("INSERT INTO t VALUES ('more')")).exitCode).toBe(0);
  });
});
