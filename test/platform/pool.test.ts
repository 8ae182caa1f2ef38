import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSession } from "../../src/connection/open";
import { resolveHome } from "../../src/platform/home";
import { findPgbouncer, findPool } from "../../src/platform/pool";
import { commandOf } from "../../src/platform/processes";
import { administratorServer } from "../../src/platform/server";
import { poolSocketDirectory, readServerRecord, type ServerRecord } from "../../src/platform/server-record";
import { parsePoolVersion, pgbouncerIni, pgbouncerUserlist, poolConnections } from "../../src/pool/config";
import { fillTable, outcome, until } from "../support/guard";
import { requirement } from "../support/requirements";
import { createSandbox, type Sandbox, sql } from "../support/sandbox";

describe("the pool's configuration", () => {
  const config = { serverSocketDirectory: "/run/leash", socketDirectory: "/run/leash/pool" };
  const files = { userlistFile: "/var/pool/userlist.txt", pidFile: "/var/pool/pgbouncer.pid" };

  it("knows PgBouncer's versions, and nothing else for one", () => {
    expect(parsePoolVersion("PgBouncer 1.18.0\nlibevent 2.1.12")).toBe(118);
    expect(parsePoolVersion("PgBouncer 1.25.2")).toBe(125);
    expect(parsePoolVersion("psql (PostgreSQL) 15.18")).toBeUndefined();
  });

  it("has a socket and no port, nobody for an administrator, and leaves an app two connections past it", () => {
    const ini = pgbouncerIni({ ...config, ...files, version: 118 });
    for (const line of ["listen_addr = ", "admin_users = ", "stats_users = ", "auth_type = scram-sha-256"]) {
      expect(ini.split("\n")).toContain(line);
    }
    expect(poolConnections).toBe(8);
    expect(ini).toContain(`max_user_connections = ${poolConnections}\n`);
  });

  it("has what a version knows", () => {
    const ini = (version: number) => pgbouncerIni({ ...config, ...files, version });
    expect(ini(120)).not.toContain("max_prepared_statements");
    expect(ini(121)).toContain("max_prepared_statements = ");
    expect(ini(123)).not.toContain("max_db_client_connections");
    expect(ini(124)).toContain("max_db_client_connections = ");
  });

  it("quotes what it lists", () => {
    expect(pgbouncerUserlist(new Map([['a"b', "SCRAM"]]))).toBe('"a""b" "SCRAM"\n');
  });
});

const missing = requirement("tests of the pool", () => {
  try {
    findPgbouncer();
    return undefined;
  } catch {
    return "PgBouncer";
  }
});

describe.skipIf(missing)("apps that connect through the pool", () => {
  let sandbox: Sandbox;
  let record: ServerRecord;
  const folders: Record<string, string> = {};
  const leash = (name: string, args: string[]) => sandbox.leash(args, { cwd: folders[name]! });
  const query = (name: string, text: string) => leash(name, sql(text));
  const app = (name: string) => {
    const files = fs.readdirSync(path.join(sandbox.home, "apps")).map((file) => path.join(sandbox.home, "apps", file));
    return files.map((file) => JSON.parse(fs.readFileSync(file, "utf8"))).find((one) => one.name === name)!;
  };
  const login = (name: string, password?: string, database?: string) => {
    const { id, database: stored } = app(name);
    return openSession({
      ...{ socketDirectory: poolSocketDirectory(record), port: 5432, user: id },
      ...{ password: password ?? stored.password, database: database ?? id },
    });
  };
  const asAdministrator = async <Row>(text: string, values: unknown[] = []) => {
    const session = await administratorServer(record).openSession("postgres");
    try {
      return (await session.query(text, values)).rows as Row[];
    } finally {
      await session.end();
    }
  };

  beforeAll(async () => {
    sandbox = createSandbox();
    for (const name of ["notes", "shop"]) {
      folders[name] = sandbox.app(name, { "package.json": `{"name":"${name}","dependencies":{"pg":"8"}}` });
      const made = await leash(name, ["deploy", "--choice", "create", "--pool"]);
      expect(made.exitCode, made.stderr).toBe(0);
    }
    record = readServerRecord(resolveHome({ LEASH_HOME: sandbox.home }))!;
  });
  afterAll(() => sandbox?.dispose());

  it("has a hundred clients at once, and never more than its connections", async () => {
    let most = 0;
    let ends = false;
    const watching = (async () => {
      while (!ends) {
        const [row] = await asAdministrator<{ n: number }>(
          "SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = $1",
          [app("notes").id],
        );
        most = Math.max(most, row!.n);
      }
    })();
    const clients = await Promise.allSettled(
      Array.from({ length: 100 }, async () => {
        const session = await login("notes");
        const { rows } = await session.query("SELECT current_user AS who, pg_sleep(0.05)");
        await session.end();
        return rows[0].who;
      }),
    );
    ends = true;
    await watching;
    const who = clients.map((client) => (client.status === "fulfilled" ? client.value : String(client.reason)));
    expect(new Set(who)).toEqual(new Set([`${app("notes").id}_owner`]));
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(poolConnections);
  });

  it("does not wait for a neighbour that has taken all of its own", async () => {
    const busy = await Promise.all(Array.from({ length: 30 }, () => login("notes")));
    const sleeping = busy.map((session) => session.query("SELECT pg_sleep(3)").catch(() => {}));
    const { ms } = await outcome(login("shop").then((session) => session.query("SELECT 1").then(() => session.end())));
    expect(ms).toBeLessThan(2_500);
    await Promise.all(busy.map((session) => session.end().catch(() => {})));
    await Promise.all(sleeping);
  });

  it("gets in with its own password alone, into its own database alone", async () => {
    await (await login("notes")).end();
    const refusal = async (password?: string, database?: string) => {
      const error = await login("notes", password, database).then(
        (session) => session.query("SELECT 1").catch((cause) => cause),
        (cause) => cause,
      );
      return `${error.message} ${error.cause?.message ?? ""}`;
    };
    expect(await refusal(app("shop").database.password)).toMatch(/authentication failed/);
    for (const database of [app("shop").id, "postgres"]) expect(await refusal(undefined, database)).toMatch(/pg_hba/);
    expect(await refusal(undefined, "pgbouncer")).toMatch(/not allowed/);
  });

  it("gives a client an error when the guard ends its session, and goes on", async () => {
    const session = await login("notes");
    const hoard = "SELECT count(pg_advisory_lock(n)), pg_sleep(20) FROM generate_series(1, 3000) n";
    const { ms, error } = await outcome(session.query(hoard));
    expect(error).toBeDefined();
    expect(ms).toBeLessThan(15_000);
    await session.end().catch(() => {});
    expect((await query("notes", "SELECT 1")).exitCode).toBe(0);
  });

  it("shows no password to the machine's other users", () => {
    const pid = findPool(record)!;
    const secret = app("notes").database.password;
    expect(commandOf(pid)).not.toContain(secret);
    const folder = path.join(record.directory, "pool");
    expect(fs.statSync(folder).mode & 0o077).toBe(0);
    for (const file of fs.readdirSync(folder)) {
      expect(fs.readFileSync(path.join(folder, file), "utf8"), file).not.toContain(secret);
    }
  });

  it("goes on when its password is rotated, and the old one ends", async () => {
    const open = await login("notes");
    await open.query("SELECT 1");
    const old = app("notes").database.password;
    expect((await leash("notes", ["db", "rotate"])).exitCode).toBe(0);
    expect((await open.query("SELECT 2 AS two")).rows).toEqual([{ two: 2 }]);
    await open.end();
    expect((await query("notes", "SELECT 1")).exitCode).toBe(0);
    await until(async () => (await outcome(login("notes", old))).error, 5_000, "the old password's end");
  });

  it("stays restricted through it, and gets back out", async () => {
    await query("notes", "CREATE TABLE t (x text)");
    await query("notes", fillTable(70));
    const write = async () => (await query("notes", "CREATE TABLE v (n int)")).exitCode === 0;
    await until(async () => ((await write()) ? undefined : true), 30_000, "the restriction");
    await until(async () => ((await query("notes", "TRUNCATE t")).exitCode === 0 ? true : undefined), 20_000, "room");
    await until(
      async () => ((await query("notes", "CREATE TABLE w (n int)")).exitCode === 0 ? true : undefined),
      30_000,
      "the end",
    );
  });

  it("comes back by itself when it is killed, and is gone when nobody uses it", async () => {
    const pid = findPool(record)!;
    process.kill(pid, "SIGKILL");
    // Its process id is somebody's again.
    fs.writeFileSync(path.join(record.directory, "pool", "pgbouncer.pid"), `${process.pid}\n`);
    await until(() => (findPool(record) ?? pid) !== pid || undefined, 15_000, "another pool");
    expect((await query("shop", "SELECT 1")).exitCode).toBe(0);
    for (const name of ["notes", "shop"]) {
      expect((await leash(name, ["deploy", "--choice", "create", "--no-pool"])).exitCode).toBe(0);
    }
    expect(findPool(record)).toBeUndefined();
    expect((await query("shop", "SELECT 1")).exitCode).toBe(0);
  });

  it("is refused with what it does not go with, and where there is no PgBouncer", async () => {
    const refused = await leash("notes", ["deploy", "--choice", "skip", "--pool"]);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("[deploy/contradiction]") });
    const env = { LEASH_PGBOUNCER: "/bin/true" };
    const none = await sandbox.leash(["deploy", "--choice", "create", "--pool"], { cwd: folders.shop!, env });
    expect(none).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("[pool/not-installed]") });
    expect(app("shop").database.pool).toBeUndefined();
  });
});
