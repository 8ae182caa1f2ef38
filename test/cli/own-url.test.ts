import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSandbox, expressApp, type Sandbox } from "../support/sandbox";

describe("your own database's URL", () => {
  let sandbox: Sandbox;
  let app: string;
  let url: string;
  beforeAll(async () => {
    sandbox = createSandbox();
    app = sandbox.app("notes", expressApp);
    // The database of another app plays the external one.
    const other = sandbox.app("other", { "requirements.txt": "psycopg\n" });
    await sandbox.leash(["deploy", "--choice", "create"], { cwd: other });
    url = (await sandbox.leash(["db", "url"], { cwd: other })).stdout.trim();
  });
  afterAll(() => sandbox.dispose());

  it("is taken from the pipe at choice 2, tried, stored, and never shown", async () => {
    const deployed = await sandbox.leash(["deploy"], { cwd: app, input: `2\n${url}\n` });
    expect(deployed, deployed.stderr).toMatchObject({ exitCode: 0 });
    expect(deployed.stdout).toMatch(/Choice \(1\/2\/3\): 2\nDatabase URL: \n✓ DATABASE_URL injected/);
    expect(deployed.stdout + deployed.stderr).not.toContain(url);
    const get = await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd: app });
    expect(get.stdout.trim()).toBe(url);
  });

  it("comes without PG* variables that would belong to another database", async () => {
    const list = await sandbox.leash(["env", "list", "--json"], { cwd: app });
    expect(Object.keys(JSON.parse(list.stdout))).toEqual(["DATABASE_URL"]);
  });

  it.each([
    ["mongodb://u:topsecret@host/db", /MONGODB_URI/],
    ["mongodb+srv://u:topsecret@cluster.example.net/db", /MONGODB_URI/],
    ["redis://:topsecret@host:6379", /REDIS_URL/],
    ["rediss://:topsecret@host:6379", /REDIS_URL/],
    ["mysql://u:topsecret@host/db", /mysql/i],
    ["https://project.supabase.co?key=topsecret", /Supabase.s API or dashboard/],
    ["not a url with topsecret", /postgresql:\/\//],
    ["postgresql://u:[YOUR-PASSWORD]@db.abcdefghijklmnopqrst.supabase.co:5432/postgres", /placeholder|YOUR-PASSWORD/i],
    ["", /empty|no /i],
  ])("is refused when it is %s", async (bad, says) => {
    const before = await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd: app });
    const refused = await sandbox.leash(["deploy", "--choice", "url", "--database-url", "-"], { cwd: app, input: bad });
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(says);
    expect(refused.stderr).not.toMatch(/topsecret/);
    expect((await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd: app })).stdout).toBe(before.stdout);
  });

  it("is refused when nothing answers there, unless the check is skipped", async () => {
    const nowhere = "postgresql://u:topsecret@127.0.0.1:1/db";
    const args = ["deploy", "--choice", "url", "--database-url", "-"];
    const refused = await sandbox.leash(args, { cwd: app, input: nowhere });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/\[url\/[a-z-]+\]/);
    expect(refused.stderr).not.toMatch(/topsecret/);
    expect((await sandbox.leash([...args, "--skip-check"], { cwd: app, input: nowhere })).exitCode).toBe(0);
    expect((await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd: app })).stdout.trim()).toBe(nowhere);
  });

  it("is refused with a wrong password", async () => {
    const wrong = url.replace(/[0-9a-f]{48}/, "topsecret");
    const refused = await sandbox.leash(["deploy", "--choice", "url", "--database-url", "-"], {
      cwd: app,
      input: wrong,
    });
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/password/i);
    expect(refused.stderr).not.toMatch(/topsecret/);
  });

  it("warns when it stands on the command line, and contradicts other choices", async () => {
    const args = ["deploy", "--database-url", "postgresql://u:p@127.0.0.1:1/db", "--skip-check"];
    expect((await sandbox.leash(args, { cwd: app })).stderr).toMatch(/other users of this machine/);
    expect((await sandbox.leash([...args, "--choice", "create"], { cwd: app })).exitCode).toBe(2);
  });
});
