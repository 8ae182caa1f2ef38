import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createGuardGround, type GuardGround, until } from "../support/guard";
import { type CommandResult, cli, expressApp, type RunOptions, root } from "../support/sandbox";

const query = (text: string, ...options: "--variables"[]) => [
  process.execPath,
  path.join(root, "test/support/sql.cjs"),
  text,
  ...options,
];
const whoami = "SELECT session_user, current_user, current_database()";
const isOneOff = /^leash_migration_[a-z0-9]+_[a-z0-9]{8}$/;

/** Leaves what the login has made and was granted under its own name, where the app lets it. */
const grantToItself = query(
  `GRANT ALL ON SCHEMA public TO SESSION_USER; GRANT SELECT ON made TO SESSION_USER; RESET ROLE; SET ROLE NONE;
   CREATE TABLE of_the_login (n int); SELECT tableowner FROM pg_tables WHERE tablename = 'of_the_login'`,
);

let ground: GuardGround;
beforeAll(async () => {
  ground = await createGuardGround(undefined);
});
afterEach(() => ground.stop());
afterAll(() => ground?.dispose());

// The guard of these tests is in this process, so that they can start and stop it.
const quiet = { LEASH_AGENT: "off" };
const leash = (args: string[], options: RunOptions = {}): Promise<CommandResult> =>
  ground.server.sandbox.leash(args, { ...options, env: { ...quiet, ...options.env } });
const migrate = (cwd: string, ...command: string[]) => leash(["run", "--migration", "--", ...command], { cwd });

/** Deploys an app with a database; gives its folder and its id. */
async function deploy(name: string, files: Record<string, string> = expressApp) {
  const cwd = ground.server.sandbox.app(name, files);
  const deployed = await leash(["deploy", "--choice", "create", "--app", name, "--json"], { cwd });
  expect(deployed.exitCode, deployed.stderr).toBe(0);
  const { id } = JSON.parse((await leash(["db", "info", "--json"], { cwd })).stdout) as { id: string };
  return { cwd, id };
}

async function admin<Row>(text: string, ...values: unknown[]): Promise<Row[]> {
  const session = await ground.server.admin.openSession("postgres");
  try {
    return (await session.query(text, values)).rows;
  } finally {
    await session.end();
  }
}

/** The app's one-off logins, and how many sessions each has. */
const logins = (id: string) =>
  admin<{ name: string; sessions: number }>(
    `SELECT rolname AS name, (SELECT count(*)::int FROM pg_stat_activity WHERE usename = rolname) AS sessions
       FROM pg_roles WHERE rolname LIKE $1`,
    `leash\\_migration\\_${id.slice("app_".length)}\\_%`,
  );
const working = (id: string) =>
  until(async () => (await logins(id)).find((one) => one.sessions > 0), 20_000, "a session");

/** `leash run --migration` as a process that can be sent signals. */
function start(cwd: string, ...command: string[]): { child: ChildProcess; ended: Promise<number> } {
  const env = { ...ground.server.sandbox.env, ...quiet };
  const child = spawn(process.execPath, [cli, "run", "--migration", "--", ...command], { cwd, env, stdio: "ignore" });
  const ended = new Promise<number>((resolve) => child.on("exit", (code, signal) => resolve(signal ? -1 : code!)));
  return { child, ended };
}

describe("leash run --migration", () => {
  it("lets a statement take longer than an app's may, one migration at a time, under a guard", async () => {
    const { cwd, id } = await deploy("long");
    ground.start();
    const began = Date.now();
    const long = migrate(cwd, ...query("CREATE TABLE made (n int); SELECT pg_sleep(33); SELECT 'done'"));
    const ordinary = leash(["run", "--", ...query("SELECT pg_sleep(33)")], { cwd });
    const { name } = await working(id);
    expect(name).toMatch(isOneOff);

    const second = await migrate(cwd, ...query("SELECT 'never'"));
    expect(second).toMatchObject({ exitCode: 1, stdout: "" });
    expect(second.stderr).toMatch(/Another migration of this app is running\.[\s\S]*\[tenancy\/one-at-a-time\]/);
    // Another app's is none of its business.
    const other = await deploy("beside");
    expect(await migrate(other.cwd, ...query("SELECT 1"))).toMatchObject({ exitCode: 0, stdout: "1\n" });

    expect((await ordinary).stderr).toMatch(/canceling statement due to statement timeout/);
    expect(await long).toMatchObject({ exitCode: 0, stdout: "done\n", stderr: "" });
    expect(Date.now() - began).toBeGreaterThan(33_000);
    expect(ground.events.filter(({ app }) => app === id)).toEqual([]);
    expect(await logins(id)).toEqual([]);
  });

  it("leaves tables that the app owns as it owns its own, and a login that is gone", async () => {
    const { cwd, id } = await deploy("owned");
    const made = await migrate(cwd, ...query("CREATE TABLE made (n int); INSERT INTO made VALUES (7)"));
    expect(made.exitCode, made.stderr).toBe(0);
    const owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'made'";
    expect((await leash(["run", "--", ...query(owner)], { cwd })).stdout).toBe(`${id}_owner\n`);
    const change = "ALTER TABLE made ADD m int; SELECT n FROM made";
    expect(await leash(["run", "--", ...query(change)], { cwd })).toMatchObject({ exitCode: 0, stdout: "7\n" });
    expect(await logins(id)).toEqual([]);
  });

  it("has the login in DATABASE_URL and in the PG* variables, and its password in no process list and no log", async () => {
    const { cwd, id } = await deploy("variables");
    const answer = await migrate(cwd, ...query(whoami));
    const [login, role, database] = answer.stdout.trim().split("|");
    expect([role, database]).toEqual([`${id}_owner`, id]);
    expect(login).toMatch(isOneOff);
    const byVariables = await migrate(cwd, ...query(whoami, "--variables"));
    expect(byVariables.stdout.split("|")[0]).toMatch(isOneOff);

    const list = `const { execFileSync } = require("node:child_process"); const { DATABASE_URL, PGPASSWORD } = process.env;
      const list = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
      console.log(JSON.stringify([PGPASSWORD, DATABASE_URL.includes(PGPASSWORD), list.includes(PGPASSWORD)]));`;
    const seen = await migrate(cwd, process.execPath, "-e", list);
    const [password, inUrl, inList] = JSON.parse(seen.stdout) as [string, boolean, boolean];
    expect({ inUrl, inList }).toEqual({ inUrl: true, inList: false });
    const log = path.join(ground.server.record.directory, "log");
    for (const file of fs.readdirSync(log)) {
      expect(fs.readFileSync(path.join(log, file), "utf8")).not.toContain(password);
    }
    expect(seen.stderr).not.toContain(password);
  });

  it("leads through the bridge where a driver has no sockets", async () => {
    const { cwd, id } = await deploy("bridged", { "requirements.txt": "flask\npg8000\n", "app.py": "" });
    for (const options of [[], ["--variables"]] as const) {
      const answer = await migrate(cwd, ...query(whoami, ...options));
      expect(answer.stderr).toMatch(/loopback bridge/);
      const [login, role, database] = answer.stdout.trim().split("|");
      expect([role, database]).toEqual([`${id}_owner`, id]);
      expect(login).toMatch(isOneOff);
    }
    expect(await logins(id)).toEqual([]);
  });

  it("passes the command's exit code on, and what is wrong with the command", async () => {
    const { cwd, id } = await deploy("codes");
    expect((await migrate(cwd, "sh", "-c", "exit 7")).exitCode).toBe(7);
    expect((await migrate(cwd, "sh", "-c", "kill -TERM $$")).exitCode).toBe(143);
    const missing = await migrate(cwd, "there-is-no-such-command");
    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("[run/not-found]") });
    expect(await logins(id)).toEqual([]);
  });

  it("drops its login although it, and a neighbour, have named it in grants and hold on to them", async () => {
    const { cwd, id } = await deploy("named");
    const neighbour = await ground.tenant();
    await neighbour.query("CREATE TABLE theirs (n int)");
    const running = start(cwd, ...query("CREATE TABLE made (n int); COMMIT; SELECT pg_sleep(6)"));
    const { name } = await working(id);
    await neighbour.query(`GRANT SELECT ON theirs TO ${name}`);
    const holding = await neighbour.login();
    await holding.query(`BEGIN; GRANT INSERT ON theirs TO ${name}`);
    const asTheApp = (text: string) => leash(["run", "--", ...query(text)], { cwd });
    await asTheApp(`GRANT SELECT ON made TO ${name}`);
    const held = asTheApp(`BEGIN; REVOKE SELECT ON made FROM ${name}; SELECT pg_sleep(29)`);
    expect(await running.ended).toBe(0);
    expect(await logins(id)).toEqual([]);
    await holding.end().catch(() => {});
    expect((await held).stderr).toMatch(/terminating connection/);
    const own = await migrate(cwd, ...grantToItself);
    expect(own.exitCode, own.stderr).toBe(0);
    expect(own.stdout).toMatch(/^leash_migration_/);
    expect(await logins(id)).toEqual([]);
    const owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'of_the_login'";
    expect((await leash(["run", "--", ...query(owner)], { cwd })).stdout).toBe(`${id}_owner\n`);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("leaves nothing after a %s, at whatever point it comes", async (signal, code) => {
    const { cwd, id } = await deploy(`signal-${signal.toLowerCase()}`);
    const running = start(cwd, ...query("SELECT pg_sleep(60)"));
    await working(id);
    running.child.kill(signal);
    expect(await running.ended).toBe(code);
    expect(await logins(id)).toEqual([]);

    // It has begun to make the login, or the command, or to drop the login again.
    for (const ms of [0, 10, 20, 40, 80, 160]) {
      const early = start(cwd, ...query("SELECT pg_sleep(0.1)"));
      const made = until(async () => (await logins(id))[0] ?? early.child.exitCode ?? undefined, 20_000, "a login");
      await made;
      await sleep(ms);
      early.child.kill(signal);
      await early.ended;
      expect(await logins(id), `after ${ms} ms`).toEqual([]);
    }
  });

  it("is tidied by the guard after kill -9, once its command has ended", async () => {
    const { cwd, id } = await deploy("killed");
    const { child, ended } = start(cwd, ...query("SELECT pg_sleep(4); CREATE TABLE at_last (n int)"));
    const { name } = await working(id);
    child.kill("SIGKILL");
    await ended;
    ground.start({ sweepMs: 100, busyMs: 100 });
    // The command goes on, and is still the one at this time.
    expect((await migrate(cwd, ...query("SELECT 1"))).stderr).toMatch(/\[tenancy\/one-at-a-time\]/);
    expect(await ground.event("one-off-removed", id)).toMatchObject({ detail: { login: name } });
    expect(await logins(id)).toEqual([]);
    const there = await leash(["run", "--", ...query("SELECT count(*) FROM at_last")], { cwd });
    expect(there).toMatchObject({ exitCode: 0, stdout: "0\n" });
  });

  it("takes the login of a killed one away before it makes its own, where there is no guard", async () => {
    const { cwd, id } = await deploy("killed-unguarded");
    const { child, ended } = start(cwd, "sleep", "2");
    const { name } = await until(async () => (await logins(id))[0], 20_000, "a login");
    child.kill("SIGKILL");
    await ended;
    expect(await logins(id)).toHaveLength(1);
    const next = await migrate(cwd, ...query("SELECT session_user"));
    expect(next.exitCode, next.stderr).toBe(0);
    expect(next.stdout.trim()).toMatch(isOneOff);
    expect(next.stdout.trim()).not.toBe(name);
    expect(await logins(id)).toEqual([]);
  });

  it("ends when it uses up the plan's storage, and is refused from then on until there is room", async () => {
    const { cwd, id } = await deploy("full");
    ground.start({ reclaimMs: 500, sweepMs: 1_000 });
    expect((await leash(["run", "--", ...query("CREATE TABLE t (x text)")], { cwd })).exitCode).toBe(0);
    // Committed as it goes: what is rolled back gives its space back by itself.
    const fill = `DO $$ BEGIN
      FOR megabyte IN 1..60 LOOP
        INSERT INTO t SELECT repeat(md5(n::text), 32) FROM generate_series(1, 960) n;
        COMMIT;
      END LOOP;
      PERFORM pg_sleep(60);
    END $$`;
    const ended = await migrate(cwd, ...query(fill));
    expect(ended.exitCode).toBe(1);
    expect(ended.stderr).toMatch(/The migration was ended: the app used up its plan's storage/);
    await ground.event("restricted", id);

    const refused = await migrate(cwd, ...query("SELECT 'never'"));
    expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
    expect(refused.stderr).toMatch(
      /The app is restricted[\s\S]*db shell --cleanup[\s\S]*db plan[\s\S]*\[migration\/restricted\]/,
    );
    expect(await logins(id)).toEqual([]);

    expect((await leash(["run", "--", ...query("TRUNCATE t")], { cwd })).exitCode).toBe(0);
    await ground.event("restored", id);
    expect(await migrate(cwd, ...query("SELECT 1"))).toMatchObject({ exitCode: 0, stdout: "1\n" });
  });

  it("is refused where leash did not make the database, with 2, and where there is none", async () => {
    const sandbox = ground.server.sandbox;
    const own = sandbox.app("own", expressApp);
    const url = "postgresql://u:topsecret@127.0.0.1:1/d";
    await leash(["deploy", "--app", "own", "--choice", "url", "--database-url", "-", "--skip-check"], {
      cwd: own,
      input: url,
    });
    const refused = await migrate(own, "true");
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toMatch(/own has a DATABASE_URL of your own[\s\S]*\[migration\/not-here\]/);
    expect(refused.stderr).not.toContain("topsecret");

    const none = sandbox.app("none", expressApp);
    await leash(["deploy", "--app", "none", "--choice", "skip"], { cwd: none });
    expect((await migrate(none, "true")).stderr).toMatch(/\[db\/none\]/);

    const { cwd, id } = await deploy("stacked");
    const file = path.join(sandbox.home, "apps", `${id}.json`);
    const { database: _none, ...app } = JSON.parse(fs.readFileSync(file, "utf8"));
    const stack = { name: "prod", backend: "own", server: "o/p/s", plan: "free", state: "ready", injected: true };
    fs.writeFileSync(file, JSON.stringify({ ...app, stack: { ...stack, environment: { DATABASE_URL: url } } }));
    const stacked = await migrate(cwd, "true");
    expect(stacked).toMatchObject({ exitCode: 2, stdout: "" });
    expect(stacked.stderr).toMatch(/stacked has its database from the Pulumi stack prod[\s\S]*\[migration\/not-here\]/);
    const cleanup = await leash(["db", "shell", "--cleanup"], { cwd });
    expect(cleanup).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("[db/not-here]") });
  });
});
