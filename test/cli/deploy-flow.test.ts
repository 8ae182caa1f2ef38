import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSandbox, expressApp, flaskApp, type Sandbox, sql } from "../support/sandbox";

const pageText = `✓ Detected: flask (python)
⚠ Your app uses PostgreSQL (psycopg)
Options:
[1] Create a Leash database (free with your plan)
[2] Paste your own database URL
[3] Skip — I'll configure it later
Choice (1/2/3): 1
✓ Database created — DATABASE_URL injected
`;

describe("the deploy flow", () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = createSandbox();
  });
  afterAll(() => sandbox.dispose());

  it("prints the page's text to the letter and injects a URL that works", async () => {
    const app = sandbox.app("flask-app", flaskApp);
    const deployed = await sandbox.leash(["deploy"], { cwd: app, input: "1\n" });
    expect(deployed.stdout).toBe(pageText);
    expect(deployed.exitCode).toBe(0);

    const url = await sandbox.leash(["db", "url"], { cwd: app });
    const get = await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd: app });
    expect(get.stdout).toBe(url.stdout);
    expect(url.stdout).toMatch(/^postgresql:\/\//);
    const shown = await sandbox.leash(sql("select current_user"), {
      cwd: app,
    });
    expect(shown.stdout).toMatch(/^app_\w{10}_owner\n$/);
    const byVariables = await sandbox.leash(sql("select session_user", "--variables"), { cwd: app });
    expect(byVariables.stdout).toMatch(/^app_\w{10}\n$/);
  });

  it("keeps the database and its password at the second deploy, and asks nothing", async () => {
    const app = path.join(sandbox.directory, "flask-app");
    const before = await sandbox.leash(["db", "url"], { cwd: app });
    const again = await sandbox.leash(["deploy"], { cwd: app });
    expect(again.exitCode).toBe(0);
    expect(again.stdout).toBe("✓ Detected: flask (python)\n✓ Database ready — DATABASE_URL injected\n");
    expect((await sandbox.leash(["db", "url"], { cwd: app })).stdout).toBe(before.stdout);
  });

  it("mends at the second deploy what was broken on the server", async () => {
    const app = path.join(sandbox.directory, "flask-app");
    const sql =
      "set role none; alter role current_user set statement_timeout = 0; alter role current_user password null";
    // The guard would mend it first.
    const unguarded = { cwd: app, env: { LEASH_AGENT: "off" } };
    await sandbox.leash(["stop"]);
    const broken = await sandbox.leash(["db", "shell"], { ...unguarded, input: `${sql};\n` });
    expect(broken.exitCode).toBe(0);
    const info = await sandbox.leash(["db", "info", "--json"], unguarded);
    expect(JSON.parse(info.stdout).differences.map((d: { says: string }) => d.says)).toEqual([
      "has another password",
      "sets statement_timeout to 0 instead of 30000",
    ]);
    const doctor = await sandbox.leash(["doctor"], unguarded);
    expect(doctor.exitCode).toBe(1);
    expect(doctor.stdout + doctor.stderr).toContain("sets statement_timeout to 0 instead of 30000");
    const { findings } = JSON.parse((await sandbox.leash(["doctor", "--json"], unguarded)).stdout);
    for (const { ok, mend, subject } of findings) if (ok) expect(mend, subject).toBeUndefined();
    const wrong = findings.find(({ subject }: { subject: string }) => subject.startsWith("app "));
    expect(wrong).toMatchObject({ ok: false, mend: expect.stringContaining("leash deploy") });
    await sandbox.leash(["deploy"], { cwd: app });
    expect(JSON.parse((await sandbox.leash(["db", "info", "--json"], { cwd: app })).stdout).differences).toEqual([]);
    expect((await sandbox.leash(["doctor"], { cwd: app })).exitCode).toBe(0);
  });

  it("exits 2 and names --choice when the input ends without an answer, or the answer is none", async () => {
    const app = sandbox.app("undecided", expressApp);
    const deaf = await sandbox.leash(["deploy", "--app", "undecided"], { cwd: app });
    expect(deaf.exitCode).toBe(2);
    expect(deaf.stderr).toMatch(/--choice/);
    expect(deaf.stdout).toMatch(/Choice \(1\/2\/3\): \n$/);
    const wrong = await sandbox.leash(["deploy", "--app", "undecided"], { cwd: app, input: "7\n" });
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toMatch(/"7" is none of the choices/);
    expect(JSON.parse((await sandbox.leash(["env", "list", "--json"], { cwd: app })).stdout)).toEqual({});
  });

  it("skips, and asks again the next time", async () => {
    const app = sandbox.app("skipping", { "requirements.txt": "psycopg2-binary\n" });
    const skipped = await sandbox.leash(["deploy"], { cwd: app, input: "3\n" });
    expect(skipped.exitCode).toBe(0);
    expect(skipped.stdout).toMatch(/Choice \(1\/2\/3\): 3\n✓ Skipped/);
    expect((await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd: app })).exitCode).toBe(1);
    expect((await sandbox.leash(["deploy", "--choice", "skip"], { cwd: app })).stdout).not.toMatch(/Choice/);
  });

  it("asks nothing when the app's environment has a DATABASE_URL, though the shell's does not count", async () => {
    const app = sandbox.app("own-url", expressApp);
    const shell = await sandbox.leash(["deploy", "--app", "own-url"], {
      cwd: app,
      env: { DATABASE_URL: "postgresql://x/y" },
    });
    expect(shell.exitCode).toBe(2);
    await sandbox.leash(["env", "set", "DATABASE_URL", "--app", "own-url"], {
      cwd: app,
      input: "postgresql://u:p@db/x\n",
    });
    const kept = await sandbox.leash(["deploy"], { cwd: app });
    expect(kept.exitCode).toBe(0);
    expect(kept.stdout).toMatch(/DATABASE_URL is set already/);
    const created = await sandbox.leash(["deploy", "--choice", "create"], { cwd: app });
    expect(created.stdout).toMatch(/✓ Database created — DATABASE_URL injected\n$/);
    expect((await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd: app })).stdout).toMatch(/app_/);
  });

  it("offers nothing to an app that uses no database", async () => {
    const app = sandbox.app("plain", { "package.json": '{"name":"plain","dependencies":{"express":"5"}}' });
    const deployed = await sandbox.leash(["deploy"], { cwd: app });
    expect(deployed).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^✓ Detected: express \(node\)\n✓ No /),
    });
  });

  it("answers with one JSON document", async () => {
    const app = sandbox.app("as-json", expressApp);
    const deployed = await sandbox.leash(["deploy", "--json", "--choice", "create", "--app", "as-json"], { cwd: app });
    expect(JSON.parse(deployed.stdout)).toMatchObject({
      app: "as-json",
      id: expect.stringMatching(/^app_/),
      outcome: "created",
      database: { plan: "free" },
      detection: { framework: "express" },
    });
    expect(deployed.stdout).not.toMatch(/password|PGPASSWORD/);
  });

  it("names apps as their manifest does, refuses a name of another folder, and takes any name with --app", async () => {
    const one = sandbox.app("one", expressApp);
    const two = sandbox.app("two", expressApp);
    expect((await sandbox.leash(["deploy", "--choice", "create"], { cwd: one })).exitCode).toBe(0);
    const taken = await sandbox.leash(["deploy", "--choice", "create"], { cwd: two });
    expect(taken.exitCode).toBe(2);
    expect(taken.stderr).toMatch(/\[app\/name-taken\]/);
    const name = `Ünïcødé 'quote" 数据库; DROP TABLE x --`;
    expect((await sandbox.leash(["deploy", "--choice", "create", "--app", name], { cwd: two })).exitCode).toBe(0);
    expect((await sandbox.leash(["db", "info", "--json", "--app", name])).stdout).toContain(JSON.stringify(name));
    const shown = await sandbox.leash(sql("select datname from pg_database order by 1"), {
      cwd: two,
    });
    expect(shown.stdout).not.toMatch(/notes|quote/);
  });

  it("changes the plan that is asked for", async () => {
    const app = path.join(sandbox.directory, "one");
    await sandbox.leash(["deploy", "--plan", "pro"], { cwd: app });
    const info = JSON.parse((await sandbox.leash(["db", "info", "--json"], { cwd: app })).stdout);
    expect(info).toMatchObject({ plan: "pro", limits: { storageBytes: 2 * 1024 ** 3 }, differences: [] });
    const unknown = await sandbox.leash(["deploy", "--plan", "gold"], { cwd: app });
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toMatch(/free, individual, pro, team/);
  });

  it("deploys two apps, and one app twice, at the same time", async () => {
    const apps = ["left", "right"].map((name) => sandbox.app(name, { "requirements.txt": "flask\npsycopg\n" }));
    const runs = await Promise.all(
      [...apps, ...apps].map((cwd) => sandbox.leash(["deploy", "--choice", "create"], { cwd })),
    );
    for (const run of runs) expect(run, run.stderr).toMatchObject({ exitCode: 0 });
    const urls = await Promise.all(apps.map((cwd) => sandbox.leash(["db", "url"], { cwd })));
    expect(new Set(urls.map((url) => url.stdout)).size).toBe(2);
    expect((await sandbox.leash(["doctor"])).exitCode).toBe(0);
  });

  it("destroys the database only when told so, and makes a new one afterwards", async () => {
    const app = path.join(sandbox.directory, "left");
    const before = await sandbox.leash(["db", "url"], { cwd: app });
    const unconfirmed = await sandbox.leash(["db", "destroy"], { cwd: app });
    expect(unconfirmed.exitCode).toBe(2);
    expect(unconfirmed.stderr).toMatch(/--yes/);
    expect((await sandbox.leash(["db", "destroy", "--yes"], { cwd: app })).exitCode).toBe(0);
    expect((await sandbox.leash(["db", "url"], { cwd: app })).stderr).toMatch(/\[db\/none\]/);
    expect((await sandbox.leash(["db", "destroy", "--yes"], { cwd: app })).exitCode).toBe(0);
    expect((await sandbox.leash(["deploy", "--choice", "create"], { cwd: app })).exitCode).toBe(0);
    expect((await sandbox.leash(["db", "url"], { cwd: app })).stdout).not.toBe(before.stdout);
  });

  it("keeps every secret in files of mode 0600 and out of what it says", async () => {
    const app = path.join(sandbox.directory, "one");
    const password =
      new URL((await sandbox.leash(["db", "url"], { cwd: app })).stdout.trim()).searchParams.get("password") ?? "";
    const secret =
      password || ((await sandbox.leash(["env", "get", "PGPASSWORD"], { cwd: app })).stdout.trim() as string);
    expect(secret).toMatch(/^[0-9a-f]{48}$/);
    for (const words of [
      ["deploy"],
      ["env", "list"],
      ["env", "list", "--json"],
      ["db", "info"],
      ["status"],
      ["doctor"],
    ]) {
      const said = await sandbox.leash(words, { cwd: app });
      expect(said.stdout + said.stderr, words.join(" ")).not.toContain(secret);
    }
    expect((await sandbox.leash(["env", "list", "--reveal"], { cwd: app })).stdout).toContain(secret);
    for (const file of ["server.json", ...fs.readdirSync(path.join(sandbox.home, "apps")).map((f) => `apps/${f}`)]) {
      expect(fs.statSync(path.join(sandbox.home, file)).mode & 0o777, file).toBe(0o600);
    }
  });
});
