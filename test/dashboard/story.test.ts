import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { client, type RunningDashboard, startDashboard } from "../support/dashboard";
import { until } from "../support/guard";
import { createSandbox, expressApp, type Sandbox, sql } from "../support/sandbox";

describe("the dashboard's requests", () => {
  let sandbox: Sandbox;
  let dashboard: RunningDashboard;
  let cwd: string;
  let at: string;
  let page: ReturnType<typeof client>;
  beforeAll(async () => {
    sandbox = createSandbox();
    cwd = sandbox.app("notes", expressApp);
    const { exitCode, stderr } = await sandbox.leash(["deploy", "--choice", "create"], { cwd });
    expect(exitCode, stderr).toBe(0);
    dashboard = await startDashboard(sandbox);
    page = client(dashboard, await dashboard.login());
    at = `/api/apps/${(await page.get("/api/overview")).json.apps[0].id}`;
  });
  afterAll(async () => {
    await dashboard?.stop();
    await sandbox?.dispose();
  });

  const query = async (text: string) => {
    const { exitCode, stdout, stderr } = await sandbox.leash(sql(text), { cwd });
    expect(exitCode, stderr).toBe(0);
    return stdout.trim();
  };
  const variable = async (name: string) =>
    (await page.get(`${at}/variables`)).json.variables.find((one: { name: string }) => one.name === name);

  it("tell the apps with their plan and what they use", async () => {
    const { json } = await page.get("/api/overview");
    expect(json.plans.map(({ name }: { name: string }) => name)).toEqual(["free", "individual", "pro", "team"]);
    expect(json.server.running).toBe(true);
    expect(json.apps).toMatchObject([
      { name: "notes", directory: cwd, origin: "leash", plan: "free", usage: { storage: { state: "ok" } } },
    ]);
  });

  it("set, show, reveal and remove variables, as the command line does", async () => {
    const value = "postgresql://ada:hunter2@db.example.com/notes";
    const put = await page.put(`${at}/variables`, { variables: [{ name: "OTHER_URL", value }] });
    expect(put.status).toBe(200);
    expect(put.body).not.toContain("hunter2");
    expect(await variable("OTHER_URL")).toMatchObject({ origin: "set", shown: expect.stringContaining("ada:***@") });
    expect((await page.post(`${at}/variables/OTHER_URL/reveal`)).json).toEqual({ value });
    expect((await sandbox.leash(["env", "get", "OTHER_URL"], { cwd })).stdout).toBe(`${value}\n`);
    expect((await page.delete(`${at}/variables/OTHER_URL`)).status).toBe(200);
    expect(await variable("OTHER_URL")).toBeUndefined();
    expect((await page.delete(`${at}/variables/OTHER_URL`)).status).toBe(404);
    expect((await page.delete(`${at}/variables/PGHOST`)).json.error.code).toBe("env/injected");
  });

  it("read a whole .env, and check each of it with the command line's words", async () => {
    const text = `# comment\nexport A="two\nlines"\nB='x # y'\nDATABASE_URL=https://u:p@h/d\nREDIS_URL=redis://:pw@cache.example.com:6379\n`;
    const { json } = await page.post(`${at}/variables/parse`, { text });
    expect(json.variables.map(({ name, value }: { name: string; value: string }) => [name, value])).toEqual([
      ["A", "two\nlines"],
      ["B", "x # y"],
      ["DATABASE_URL", "https://u:p@h/d"],
      ["REDIS_URL", "redis://:pw@cache.example.com:6379"],
    ]);
    expect(json.variables[2].check.faults[0].code).toBe("url/wrong-scheme");
    expect(json.variables[3].check).toMatchObject({ service: "redis", faults: [] });
    const refused = await page.put(`${at}/variables`, {
      variables: json.variables.map(({ name, value }: { name: string; value: string }) => ({ name, value })),
    });
    expect(refused).toMatchObject({ status: 422, json: { error: { code: "env/faults" } } });
    expect(refused.json.checks).toHaveLength(4);
    // Nothing of it was stored.
    expect(await variable("A")).toBeUndefined();
    const names = [
      { name: "1BAD", value: "x" },
      { name: "A\nB", value: "y" },
    ];
    const bad = await page.put(`${at}/variables`, { variables: names, skipCheck: true });
    expect(bad).toMatchObject({ status: 422, json: { error: { code: "env/faults" } } });
  });

  it("try a connection for real", async () => {
    expect((await page.post(`${at}/variables/DATABASE_URL/test`)).json).toMatchObject({
      says: expect.stringMatching(/^PostgreSQL 18/),
    });
    const url = "postgresql://ada:hunter2@127.0.0.1:9/notes";
    await page.put(`${at}/variables`, { variables: [{ name: "SPARE_URL", value: url }] });
    const failed = await page.post(`${at}/variables/SPARE_URL/test`);
    expect(failed).toMatchObject({ status: 409, json: { error: { code: "url/unreachable" } } });
    expect(failed.body).not.toContain("hunter2");
  });

  it("show the database: its URL without the password, what is used, who is connected, what the guard did", async () => {
    await query("CREATE TABLE t (x text)");
    const { json } = await page.get(`${at}/database`);
    expect(json).toMatchObject({ origin: "leash", database: { plan: "free", managedBy: "leash", problem: null } });
    const { value } = (await page.post(`${at}/database/url`)).json;
    expect((await sandbox.leash(["db", "url"], { cwd })).stdout).toBe(`${value}\n`);
    const password = /[0-9a-f]{48}/.exec(value)![0];
    expect(JSON.stringify(json)).not.toContain(password);
    const hours = await until(
      async () => {
        const { history } = (await page.get(`${at}/database`)).json.database;
        return history.length > 0 && history[0].bytes > 0 ? history : undefined;
      },
      60_000,
      "an hour of the history",
    );
    expect(hours[0]).toMatchObject({ at: expect.stringMatching(/:00:00Z$/), connections: expect.any(Number) });
  });

  it("change the plan, and leave the app's own DATABASE_URL alone", async () => {
    const own = "postgresql://ada:hunter2@db.example.com/notes?sslmode=require";
    await page.put(`${at}/variables`, { variables: [{ name: "DATABASE_URL", value: own }] });
    const job = await page.job(await page.put(`${at}/database/plan`, { plan: "pro" }));
    expect(job).toMatchObject({ state: "done", says: "The plan is Pro.", kind: "plan" });
    expect((await page.post(`${at}/variables/DATABASE_URL/reveal`)).json.value).toBe(own);
    expect((await page.get(`${at}/database`)).json).toMatchObject({ origin: "own", database: { plan: "pro" } });
    await page.delete(`${at}/variables/DATABASE_URL`);
    expect((await page.get(`${at}/database`)).json.origin).toBe("leash");
    expect((await page.put(`${at}/database/plan`, { plan: "huge" })).status).toBe(400);
  });

  it("rotate the password", async () => {
    const before = (await page.post(`${at}/database/url`)).json.value;
    expect(await page.job(await page.post(`${at}/database/rotate`))).toMatchObject({ state: "done" });
    expect((await page.post(`${at}/database/url`)).json.value).not.toBe(before);
    expect(await query("SELECT 1")).toBe("1");
  });

  it("make a backup, verify and download it, restore it, and take that back", async () => {
    await query("CREATE TABLE notes (n int)");
    await query("INSERT INTO notes VALUES (1), (2)");
    expect(await page.job(await page.post(`${at}/backups`))).toMatchObject({ state: "done", kind: "backup" });
    const [backup] = (await page.get(`${at}/backups`)).json.backups;
    expect(backup).toMatchObject({ verifiedAt: expect.any(String), drilledAt: null, drillFaults: 0 });
    expect(await page.job(await page.post(`${at}/backups/${backup.id}/verify`))).toMatchObject({ state: "done" });
    expect(await page.job(await page.post(`${at}/backups/drill`))).toMatchObject({ state: "done" });
    expect((await page.get(`${at}/backups`)).json.backups[0].drilledAt).not.toBeNull();

    const { path } = (await page.post(`${at}/backups/${backup.id}/download`)).json;
    expect((await dashboard.raw(path)).status).toBe(401);
    await query("DELETE FROM notes");
    const wrong = await page.post(`${at}/backups/${backup.id}/restore`, { confirm: "Notes" });
    expect(wrong).toMatchObject({ status: 422, json: { error: { code: "dashboard/not-confirmed" } } });
    expect(await query("SELECT count(*) FROM notes")).toBe("0");
    const restored = await page.job(await page.post(`${at}/backups/${backup.id}/restore`, { confirm: "notes" }));
    expect(restored).toMatchObject({ state: "done", part: 1, error: null });
    expect(await query("SELECT count(*) FROM notes")).toBe("2");
    expect((await page.get(`${at}/backups`)).json.kept).toMatchObject([{ from: "restore" }]);
    expect(await page.job(await page.post(`${at}/backups/undo`, { confirm: "notes" }))).toMatchObject({
      state: "done",
    });
    expect(await query("SELECT count(*) FROM notes")).toBe("0");
    expect((await page.post(`${at}/backups/20200101T000000Z-aaaaaa/restore`, { confirm: "notes" })).status).toBe(404);
  });

  it("give a backup's file to the browser once", async () => {
    const [backup] = (await page.get(`${at}/backups`)).json.backups;
    const { path } = (await page.post(`${at}/backups/${backup.id}/download`)).json;
    const session = await fetchFile(dashboard, path, page.session.cookie!);
    expect(createHash("sha256").update(session.bytes).digest("hex")).toBe(backup.sha256);
    expect(session.disposition).toMatch(new RegExp(`^attachment; filename="${backup.id}\\.(?:dump|sql\\.gz)"$`));
    expect((await fetchFile(dashboard, path, page.session.cookie!)).status).toBe(404);
  });

  it("do one thing at a time for an app", async () => {
    const [first, second] = await Promise.all([page.post(`${at}/backups`), page.post(`${at}/backups/drill`)]);
    expect([first.status, second.status].sort()).toEqual([202, 409]);
    await page.job(first.status === 202 ? first : second);
  });

  it("end at once with a signal, and in order what was being done", async () => {
    const other = await startDashboard(sandbox);
    const session = client(other, await other.login());
    // The look at what is used holds a connection of its own.
    expect((await session.get("/api/overview")).json.apps[0].usage).not.toBeNull();
    expect((await session.post(`${at}/backups/drill`)).status).toBe(202);
    const start = performance.now();
    expect(await other.stop()).toBe(130);
    expect(performance.now() - start).toBeLessThan(4_000);
    expect(other.said()).not.toContain("failed");
    const { stdout } = await sandbox.leash(["doctor"], { cwd });
    expect(stdout).toContain("app notes: all rules hold");
  });
});

async function fetchFile({ port }: RunningDashboard, path: string, cookie: string) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie } });
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, bytes, disposition: response.headers.get("content-disposition") };
}
