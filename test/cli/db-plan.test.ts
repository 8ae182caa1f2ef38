import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSandbox, expressApp, type Sandbox, sql } from "../support/sandbox";

describe("leash db plan and leash db rotate", () => {
  let sandbox: Sandbox;
  let cwd: string;
  beforeAll(async () => {
    sandbox = createSandbox();
    cwd = sandbox.app("notes", expressApp);
    await sandbox.leash(["deploy", "--choice", "create"], { cwd });
    await sandbox.leash(sql("create table notes as select 42 as body"), { cwd });
  });
  afterAll(() => sandbox?.dispose());

  const info = async () => JSON.parse((await sandbox.leash(["db", "info", "--json"], { cwd })).stdout);

  it("change the plan and keep the rows", async () => {
    const changed = await sandbox.leash(["db", "plan", "pro"], { cwd });
    expect([changed.exitCode, changed.stderr]).toEqual([0, expect.stringContaining("✓ The plan of notes is Pro.\n")]);
    expect(await info()).toMatchObject({ plan: "pro", differences: [] });
    expect((await sandbox.leash(["db", "plan", "pro"], { cwd })).stderr).toContain("is Pro already.");
    const unknown = await sandbox.leash(["db", "plan", "huge"], { cwd });
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining("[plan/unknown]")]);
    expect((await sandbox.leash(sql("select body from notes"), { cwd })).stdout).toContain("42");
  });

  it("give a new password, which works, and show it to nobody", async () => {
    const before = (await sandbox.leash(["db", "url"], { cwd })).stdout;
    const rotated = await sandbox.leash(["db", "rotate"], { cwd });
    const after = (await sandbox.leash(["db", "url"], { cwd })).stdout;
    expect(rotated.exitCode).toBe(0);
    expect(after).not.toBe(before);
    const password = /:([0-9a-f]{48})@|password=([0-9a-f]{48})/.exec(after)!;
    expect(`${rotated.stdout}${rotated.stderr}`).not.toContain(password[1] ?? password[2]);
    expect(await info()).toMatchObject({ differences: [] });
    expect((await sandbox.leash(sql("select body from notes"), { cwd })).stdout).toContain("42");
  });

  it("leave open sessions open, and end what holds on to the old password", async () => {
    const connectionString = (await sandbox.leash(["db", "url"], { cwd })).stdout.trim();
    const connect = async () => {
      const client = new Client({ connectionString });
      client.on("error", () => {});
      await client.connect();
      return client;
    };
    const [open, holder] = [await connect(), await connect()];
    expect((await sandbox.leash(["db", "plan", "individual"], { cwd })).exitCode).toBe(0);
    const { rows } = await holder.query("SELECT session_user AS id");
    await holder.query(`SET ROLE NONE; BEGIN; ALTER ROLE ${rows[0].id} PASSWORD 'mine'`);
    const rotated = await sandbox.leash(["db", "rotate"], { cwd });
    expect(rotated.exitCode, rotated.stderr).toBe(0);
    await expect(holder.query("COMMIT")).rejects.toThrow();
    expect((await open.query("SELECT body FROM notes")).rows).toEqual([{ body: 42 }]);
    await open.end();
    await expect(connect()).rejects.toMatchObject({ code: "28P01" });
    expect((await sandbox.leash(sql("select body from notes"), { cwd })).stdout).toContain("42");
  });

  it("need a database", async () => {
    const none = sandbox.app("none", { "package.json": JSON.stringify({ name: "none", dependencies: { pg: "8" } }) });
    await sandbox.leash(["deploy", "--choice", "skip"], { cwd: none });
    for (const words of [["plan", "pro"], ["rotate"]]) {
      const refused = await sandbox.leash(["db", ...words], { cwd: none });
      expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining("[db/none]")]);
    }
  });
});
