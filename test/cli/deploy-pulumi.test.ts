import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeAppDatabase } from "../../src/tenancy/describe";
import { auditAppDatabase } from "../../src/tenancy/reconcile";
import { client, startDashboard } from "../support/dashboard";
import { missingEngine } from "../support/pulumi";
import { cli, createSandbox, type Sandbox, sql } from "../support/sandbox";
import { openTcpDoor, type TcpDoor } from "../support/tcp-door";
import { type RealServer, startRealServer } from "../support/tenancy-server";

/** Every file below a folder, as text. */
const textsIn = (folder: string) =>
  fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => path.join(folder, file))
    .filter((file) => fs.statSync(file).isFile())
    .map((file) => ({ file, text: fs.readFileSync(file, "utf8") }));

describe.skipIf(missingEngine)("leash deploy --target pulumi", () => {
  let server: RealServer;
  let door: TcpDoor;
  let sandbox: Sandbox;
  let url: string;
  beforeAll(async () => {
    server = await startRealServer(undefined);
    door = await openTcpDoor(path.join(server.record.socketDirectory, ".s.PGSQL.5432"));
    url = `postgresql://leash_admin:${server.record.password}@127.0.0.1:${door.port}/?sslmode=disable`;
    // A fresh home folder, so that nobody is logged in; the plugins stay where they are.
    const home = fs.mkdtempSync(path.join(os.tmpdir(), "leash fresh home-"));
    sandbox = createSandbox({
      HOME: home,
      LEASH_HOME: path.join(home, "leash"),
      PULUMI_HOME: process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi"),
      PULUMI_CREDENTIALS_PATH: home,
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    });
  });
  afterAll(async () => {
    await sandbox?.dispose();
    if (sandbox) fs.rmSync(sandbox.env.HOME!, { recursive: true, force: true });
    await door?.close();
    await server?.dispose();
  });

  const app = (name: string) =>
    sandbox.app(name, { "package.json": JSON.stringify({ name, dependencies: { express: "5", pg: "8" } }) });
  const home = () => sandbox.env.LEASH_HOME!;
  const record = (id: string) => JSON.parse(fs.readFileSync(path.join(home(), "apps", `${id}.json`), "utf8"));
  const exists = async (id: string) => {
    const session = await server.admin.openSession("postgres");
    const { rows } = await session.query("select count(*)::int as n from pg_roles where rolname like $1", [`${id}%`]);
    await session.end();
    return rows[0].n as number;
  };

  it("makes the database by a stack, keeps it, changes its plan, and removes it", async () => {
    const cwd = app("notes");
    const first = await sandbox.leash(
      ["deploy", "--target", "pulumi", "--choice", "create", "--server", "-", "--json"],
      {
        cwd,
        input: `${url}\n`,
      },
    );
    expect(first.stderr).toMatch(/^✓ Detected: express \(node\)\n/);
    expect(first.stderr).toContain("\n✓ Database created — DATABASE_URL injected\n");
    expect(first.stderr).toMatch(/Creating \w+ \(\d+ of \d+\)/);
    expect(first.exitCode).toBe(0);
    const { id, database, outcome } = JSON.parse(first.stdout);
    expect([database, outcome]).toEqual([{ id, plan: "free" }, "created"]);

    const got = await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd });
    const password = new URL(got.stdout.trim()).password;
    const audit = (plan: "free" | "pro") =>
      auditAppDatabase(server.admin, describeAppDatabase({ id, plan }), { credential: { password } });
    expect(await audit("free")).toEqual([]);
    const ran = await sandbox.leash(sql("create table notes as select 42 as body"), { cwd });
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect((await sandbox.leash(sql("select current_user as u, body from notes"), { cwd })).stdout).toContain("42");

    // The shell has neither the server nor a terminal now, and nothing is asked.
    const second = await sandbox.leash(["deploy"], { cwd });
    expect(second.stdout).toBe("✓ Detected: express (node)\n✓ Database ready — DATABASE_URL injected\n");
    expect((await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd })).stdout).toBe(got.stdout);

    for (const [words, key] of [
      [["plan", "pro"], "leash:plan"],
      [["rotate"], "leash:rotate"],
    ] as const) {
      const refused = await sandbox.leash(["db", ...words], { cwd });
      expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining(`Change ${key} in `)]);
    }
    const dashboard = await startDashboard(sandbox);
    const page = client(dashboard, await dashboard.login());
    const shown = await page.get(`/api/apps/${id}/database`);
    expect(shown.json).toMatchObject({ origin: "stack", database: { managedBy: "pulumi", plan: "free" } });
    expect(shown.body).not.toContain(password);
    for (const asked of [
      await page.put(`/api/apps/${id}/database/plan`, { plan: "pro" }),
      await page.post(`/api/apps/${id}/database/rotate`),
      await page.post(`/api/apps/${id}/backups`),
    ]) {
      expect(asked.status).toBeLessThan(500);
      expect(asked.json.error.code).toBe("db/not-here");
    }
    expect((await page.get("/api/overview")).json.apps).toMatchObject([
      { name: "notes", origin: "stack", plan: "free" },
    ]);
    await dashboard.stop();
    // As that error says.
    const file = path.join(home(), "pulumi/apps", id, `Pulumi.${id}.yaml`);
    const settings = fs.readFileSync(file, "utf8");
    fs.writeFileSync(file, `${settings}config:\n  leash:plan: pro\n  leash:rotate: "2"\n`);
    const third = await sandbox.leash(["deploy"], { cwd });
    expect(third.stderr).toContain("Its plan is now Pro (it was Free).");
    const rotated = new URL((await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd })).stdout.trim()).password;
    expect(rotated).not.toBe(password);
    expect(
      await auditAppDatabase(server.admin, describeAppDatabase({ id, plan: "pro" }), {
        credential: { password: rotated },
      }),
    ).toEqual([]);
    expect((await sandbox.leash(sql("select body from notes"), { cwd })).stdout).toContain("42");

    const info = await sandbox.leash(["db", "info", "--json"], { cwd });
    expect(JSON.parse(info.stdout)).toMatchObject({ id, plan: "pro", target: "pulumi", injected: true });
    const doctor = await sandbox.leash(["doctor"], { cwd });
    expect([doctor.exitCode, doctor.stdout]).toEqual([0, expect.stringContaining(`made by the Pulumi stack ${id}`)]);
    expect((await sandbox.leash(["status"], { cwd })).stdout).toBe("stopped\n");

    // Secrets are in the app's record, of mode 0600, and nowhere else.
    for (const { file, text } of textsIn(home())) {
      if (file === path.join(home(), "apps", `${id}.json`)) continue;
      expect(text.includes(rotated), file).toBe(false);
      expect(text.includes(server.record.password), file).toBe(false);
    }
    expect(fs.statSync(path.join(home(), "apps", `${id}.json`)).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.join(home(), "pulumi/passphrase")).mode & 0o777).toBe(0o600);

    expect((await sandbox.leash(["db", "destroy"], { cwd })).exitCode).toBe(2);
    const destroyed = await sandbox.leash(["db", "destroy", "--yes"], { cwd });
    expect([destroyed.exitCode, await exists(id)], destroyed.stderr).toEqual([0, 0]);
    expect(record(id).stack).toBeUndefined();
    expect((await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd })).exitCode).toBe(1);
  }, 240_000);

  it("says what failed, without a password, and goes on where it stopped", async () => {
    const cwd = app("half");
    const wrong = url.replace(/:[^:@]+@/, ":wrong-password@");
    const words = ["deploy", "--target", "pulumi", "--choice", "create"];
    const failed = await sandbox.leash(words, { cwd, env: { LEASH_SERVER: wrong } });
    expect([failed.exitCode, failed.stderr]).toEqual([1, expect.stringContaining("[pulumi/failed]")]);
    expect(failed.stderr).toMatch(/password authentication failed|does not let leash_admin/);
    expect(failed.stdout).toBe("✓ Detected: express (node)\n");
    expect(`${failed.stdout}${failed.stderr}`).not.toMatch(/wrong-password|undefined|\n {4}at /);
    expect((await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd })).exitCode).toBe(1);
    const unfinished = await sandbox.leash(["doctor", "--json"], { cwd });
    expect(unfinished.stdout).toContain("`leash deploy` completes it.");

    const done = await sandbox.leash(["deploy"], { cwd, env: { LEASH_SERVER: url } });
    expect([done.exitCode, done.stdout]).toEqual([0, expect.stringContaining("✓ Database created — ")]);
    expect((await sandbox.leash(sql("select 42 as n"), { cwd })).stdout).toContain("42");
    const other = await sandbox.leash(["deploy", "--target", "local"], { cwd });
    expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining("[deploy/other-target]")]);
    expect((await sandbox.leash(["db", "destroy", "--yes"], { cwd })).exitCode).toBe(0);
  });

  let tries = 0;
  it.each([6, 12, 18])("takes up a deploy that was killed at the server's message %d", async (messages) => {
    const cwd = app(`killed-${messages}-${tries++}`);
    const words = [cli, "deploy", "--target", "pulumi", "--choice", "create"];
    const env = { ...sandbox.env, LEASH_SERVER: url };
    // A group of its own, so that the engine and its plugins go with it.
    const child = spawn(process.execPath, words, { cwd, env, detached: true, stdio: "ignore" });
    let heard = 0;
    door.onData = () => {
      heard += 1;
      if (heard === messages) process.kill(-child.pid!, "SIGKILL");
    };
    const [, signal] = await once(child, "exit");
    door.onData = undefined;
    expect(signal).toBe("SIGKILL");

    const done = await sandbox.leash(["deploy"], { cwd });
    expect([done.exitCode, done.stdout], done.stderr).toEqual([0, expect.stringContaining("✓ Database created — ")]);
    const got = await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd });
    const { username: id, password } = new URL(got.stdout.trim());
    expect(
      await auditAppDatabase(server.admin, describeAppDatabase({ id, plan: "free" }), { credential: { password } }),
    ).toEqual([]);
    const destroyed = await sandbox.leash(["db", "destroy", "--yes"], { cwd });
    expect([destroyed.exitCode, await exists(id)], destroyed.stderr).toEqual([0, 0]);
  });

  it("keeps a stack where it was made, and makes new ones in the backend that the user works with", async () => {
    const backend = `file://${fs.mkdtempSync(path.join(sandbox.env.HOME!, "backend-"))}`;
    const theirs = { PULUMI_BACKEND_URL: backend, PULUMI_CONFIG_PASSPHRASE: "theirs" };
    const words = ["deploy", "--target", "pulumi", "--choice", "create"];
    const [first, second] = [app("first"), app("second")];
    for (const [cwd, env] of [
      [first, {}],
      [second, theirs],
    ] as const) {
      const made = await sandbox.leash(words, { cwd, env: { LEASH_SERVER: url, ...env } });
      expect(made.exitCode, made.stderr).toBe(0);
    }
    const stacks = fs.readdirSync(path.join(backend.slice("file://".length), ".pulumi/stacks/leash"));
    expect(stacks.filter((file) => /^app_\w+\.json$/.test(file))).toHaveLength(1);
    for (const [cwd, env] of [
      [first, theirs],
      [second, { PULUMI_CONFIG_PASSPHRASE: "theirs" }],
    ] as const) {
      const again = await sandbox.leash(["deploy"], { cwd, env });
      expect([again.exitCode, again.stdout], again.stderr).toEqual([0, expect.stringContaining("✓ Database ready")]);
      const destroyed = await sandbox.leash(["db", "destroy", "--yes"], { cwd, env });
      expect(destroyed.exitCode, destroyed.stderr).toBe(0);
    }
  });

  it("opens a bridge for a driver that knows no sockets, while a command runs", async () => {
    const cwd = sandbox.app("bridged", { "requirements.txt": "pg8000==1.31\n" });
    const { socketDirectory } = server.record;
    const withSocket = `${url}&socketDirectory=${socketDirectory}`;
    const deployed = await sandbox.leash(["deploy", "--target", "pulumi", "--choice", "create"], {
      cwd,
      env: { LEASH_SERVER: withSocket },
    });
    expect([deployed.exitCode, deployed.stderr]).toEqual([0, expect.stringContaining("opens a loopback bridge")]);
    const ran = await sandbox.leash(sql("select current_user as who", "--variables"), { cwd });
    expect([ran.exitCode, ran.stdout], ran.stderr).toEqual([0, expect.stringContaining("_owner")]);
    expect((await sandbox.leash(["db", "destroy", "--yes"], { cwd })).exitCode).toBe(0);
  });

  it("asks for a server, and for Pulumi, and records nothing", async () => {
    const cwd = app("bare");
    const words = ["deploy", "--target", "pulumi", "--choice", "create"];
    const noServer = await sandbox.leash(words, { cwd });
    expect([noServer.exitCode, noServer.stderr]).toEqual([2, expect.stringContaining("[deploy/no-server]")]);
    const noCli = await sandbox.leash(words, { cwd, env: { LEASH_SERVER: url, PATH: "/nonexistent" } });
    expect([noCli.exitCode, noCli.stderr]).toEqual([1, expect.stringContaining("[pulumi/no-cli]")]);
    const nonsense = await sandbox.leash([...words, "--server", "postgresql://x:hidden@/"], { cwd });
    expect([nonsense.exitCode, nonsense.stderr]).toEqual([2, expect.stringContaining("[server/invalid]")]);
    expect(nonsense.stderr).toContain("A URL on the command line can be read by other users");
    expect(nonsense.stderr).not.toContain("hidden");
    const local = await sandbox.leash(["deploy", "--target", "local", "--server", url], { cwd });
    expect([local.exitCode, local.stderr]).toEqual([2, expect.stringContaining("[deploy/contradiction]")]);
    const bare = textsIn(path.join(home(), "apps")).map(({ text }) => JSON.parse(text));
    expect(bare.find(({ directory }) => directory === cwd)).not.toHaveProperty("stack");
  });
});
