import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGuardGround, fillTable, type GuardGround, until } from "../support/guard";
import { cli, createSandbox, flaskApp, type Sandbox } from "../support/sandbox";

const hasPsql = spawnSync("psql", ["--version"]).status === 0;
if (!hasPsql) console.warn("SKIPPED: the test of `leash db shell` with psql, which is not installed");

describe("leash db shell", () => {
  let sandbox: Sandbox;
  let app: string;
  beforeAll(async () => {
    sandbox = createSandbox();
    app = sandbox.app("notes", flaskApp);
    await sandbox.leash(["deploy", "--choice", "create"], { cwd: app });
  });
  afterAll(() => sandbox.dispose());

  const statements =
    "create table notes (id int,\n  body text);\ninsert into notes values (1, 'one'), (2, null);\n\nselect *\nfrom notes;\n";

  it.skipIf(!hasPsql)("uses psql where there is one, and says so", async () => {
    const shell = await sandbox.leash(["db", "shell"], { cwd: app, input: "select current_user;\n" });
    expect(shell).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("Using psql") });
    expect(shell.stdout).toMatch(/app_\w+_owner/);
  });

  it("is a plain loop where there is none, says so, and ends with 1 at the first error of a pipe", async () => {
    const bin = path.join(sandbox.directory, "empty");
    fs.mkdirSync(bin);
    const plain = (input: string) => sandbox.leash(["db", "shell"], { cwd: app, input, env: { PATH: bin } });
    const shell = await plain(statements);
    expect(shell).toMatchObject({ exitCode: 0, stdout: '{"id":1,"body":"one"}\n{"id":2,"body":null}\n' });
    expect(shell.stderr).toMatch(/psql is not installed: a plain shell/);
    const failed = await plain("select 1/0;\nselect 'not reached';\n");
    expect(failed).toMatchObject({ exitCode: 1, stdout: "" });
    expect(failed.stderr).toMatch(/ERROR: division by zero/);
    if (!hasPsql) return;
    const other = await sandbox.leash(["db", "shell"], { cwd: app, input: "select 1/0;\nselect 'not reached';\n" });
    expect(other).toMatchObject({ exitCode: 1, stdout: "" });
  });

  it("is refused to an app without a database, and starts no server for it", async () => {
    const other = sandbox.app("other", { "package.json": '{"name":"other"}' });
    await sandbox.leash(["deploy"], { cwd: other });
    expect((await sandbox.leash(["db", "shell"], { cwd: other })).stderr).toMatch(/\[db\/none\]/);
  });
});

describe.each([...(hasPsql ? [{ shell: "psql", psql: true }] : []), { shell: "the plain loop", psql: false }])(
  "leash db shell --cleanup in $shell",
  ({ psql }) => {
    let ground: GuardGround;
    let env: Record<string, string>;
    beforeAll(async () => {
      ground = await createGuardGround(undefined);
      const bin = path.join(ground.server.sandbox.directory, "empty");
      fs.mkdirSync(bin);
      // The guard of these tests is in this process.
      env = { LEASH_AGENT: "off", ...(psql ? {} : { PATH: bin }) };
      ground.start({ reclaimMs: 500, sweepMs: 1_000 });
    });
    afterAll(() => ground?.dispose());

    const leash = (args: string[], cwd: string, input?: string) =>
      ground.server.sandbox.leash(args, { cwd, env, ...(input === undefined ? {} : { input }) });
    const cleanup = (cwd: string, input: string) => leash(["db", "shell", "--cleanup"], cwd, input);
    const filling = (megabytes: number) =>
      `SELECT repeat(md5(random()::text), 32) AS x FROM generate_series(1, ${megabytes * 960})`;

    async function deploy(name: string): Promise<{ cwd: string; id: string }> {
      const cwd = ground.server.sandbox.app(name, flaskApp);
      await leash(["deploy", "--app", name, "--choice", "create"], cwd);
      const { id } = JSON.parse((await leash(["db", "info", "--json"], cwd)).stdout) as { id: string };
      return { cwd, id };
    }

    async function deployFull(name: string, before = ""): Promise<{ cwd: string; id: string }> {
      const { cwd, id } = await deploy(name);
      const full = fillTable(60).replace("INTO t ", "INTO big ");
      await leash(["db", "shell"], cwd, `CREATE TABLE keep (n int);\n${before}CREATE TABLE big (x text);\n${full};\n`);
      await ground.event("restricted", id);
      return { cwd, id };
    }

    /** The app's one-off logins. */
    async function logins(id: string): Promise<string[]> {
      const session = await ground.server.admin.openSession("postgres");
      try {
        const pattern = `leash\\_cleanup\\_${id.slice("app_".length)}\\_%`;
        const { rows } = await session.query("SELECT rolname AS name FROM pg_roles WHERE rolname LIKE $1", [pattern]);
        return rows.map(({ name }) => name);
      } finally {
        await session.end();
      }
    }

    it("empties and drops tables of a restricted app, which is open again afterwards", async () => {
      const { cwd, id } = await deployFull("full");
      const asTheApp = await leash(["db", "shell"], cwd, "DROP TABLE big;\n");
      expect(asTheApp).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("must be owner of table big") });

      const cleaned = await cleanup(cwd, "TRUNCATE big;\nDROP TABLE big;\nSELECT current_user;\n");
      expect(cleaned.exitCode, cleaned.stderr).toBe(0);
      expect(cleaned.stdout).toContain(`${id}_owner`);
      expect(cleaned.stderr).toMatch(/full uses \d+\.\d MB of 50\.0 MB; it is restricted\./);
      expect(cleaned.stderr).toMatch(/When the database grows, the session is ended\./);
      expect(await logins(id)).toEqual([]);

      await ground.event("restored", id);
      const write = () => leash(["db", "shell"], cwd, "INSERT INTO keep VALUES (7);\n");
      await until(async () => (await write()).exitCode === 0 || undefined, 10_000, "the app writes again");
    });

    it("ends a session that makes the database grow, and lets a suspended app be cleaned all the same", async () => {
      const { cwd, id } = await deployFull("growing");
      const growing = await cleanup(cwd, `INSERT INTO big ${filling(5)};\nSELECT pg_sleep(0.2);\n`.repeat(60));
      expect(growing.exitCode).toBe(1);
      expect(growing.stderr).toMatch(/The session was ended: the database grew,/);
      expect(await logins(id)).toEqual([]);
      await ground.event("suspended", id);
      expect((await leash(["db", "shell"], cwd, "SELECT 1;\n")).exitCode).toBe(1);

      const cleaned = await cleanup(cwd, "SELECT pg_sleep(3);\nDROP TABLE big;\n");
      expect(cleaned.exitCode, cleaned.stderr).toBe(0);
      expect(cleaned.stderr).toMatch(/growing uses \d+\.\d MB of 50\.0 MB; it is suspended\./);
      await ground.event("restored", id);
      const write = () => leash(["db", "shell"], cwd, "INSERT INTO keep VALUES (7);\n");
      await until(async () => (await write()).exitCode === 0 || undefined, 10_000, "the app writes again");
    });

    it("works for an app that has room, and says so", async () => {
      const { cwd, id } = await deploy("open");
      const { exitCode, stderr } = await cleanup(cwd, "CREATE TABLE t (n int);\nDROP TABLE t;\n");
      expect(exitCode).toBe(0);
      expect(stderr).toMatch(/open uses 0\.\d MB of 50\.0 MB; it is not restricted\./);
      expect(await logins(id)).toEqual([]);
    });

    it("is one at a time, and leaves nothing when it is interrupted", async () => {
      const { cwd, id } = await deploy("interrupted");
      for (const [signal, code] of [
        ["SIGTERM", 143],
        ["SIGHUP", 129],
        ...(psql ? [] : ([["SIGINT", 130]] as const)),
      ] as const) {
        const child = spawn(process.execPath, [cli, "db", "shell", "--cleanup"], {
          ...{ cwd, env: { ...ground.server.sandbox.env, ...env } },
          stdio: ["pipe", "ignore", "ignore"],
        });
        const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
        child.stdin.write("SELECT pg_sleep(60);\n");
        await until(async () => (await sleeping(id)) || undefined, 20_000, "a statement that runs");
        expect((await cleanup(cwd, "SELECT 1;\n")).stderr).toMatch(/\[tenancy\/one-at-a-time\]/);
        child.kill(signal);
        expect(await ended, signal).toBe(code);
        expect(await logins(id), signal).toEqual([]);
      }
    });

    async function sleeping(id: string): Promise<boolean> {
      const session = await ground.server.admin.openSession("postgres");
      try {
        const { rows } = await session.query(
          "SELECT FROM pg_stat_activity WHERE datname = $1 AND usename LIKE 'leash%cleanup%' AND query LIKE '%sleep%'",
          [id],
        );
        return rows.length > 0;
      } finally {
        await session.end();
      }
    }
  },
);
