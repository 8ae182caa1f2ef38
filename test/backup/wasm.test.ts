import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DatabaseLogin, Dumper, DumpOptions } from "../../src/backup/dumps";
import { gatherEvidence } from "../../src/backup/evidence";
import { sqlReader } from "../../src/backup/sql-dump";
import { wasmDumper } from "../../src/backup/wasm/dump";
import { openSession } from "../../src/connection/open";
import { until } from "../support/guard";
import { type RealServer, serverKinds, startRealServer } from "../support/tenancy-server";

/** What is hard to carry in text: quotes, line ends, what looks like SQL, like COPY's end, like a command of psql's. */
const rich = `
  CREATE EXTENSION citext;
  CREATE SCHEMA "odd "" name; --";
  CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'a;b');
  CREATE DOMAIN positive AS int CHECK (VALUE > 0);
  CREATE TABLE "odd "" name; --"."ta$b;le" (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "co""l" text, m mood);
  INSERT INTO "odd "" name; --"."ta$b;le" ("co""l", m) VALUES
    ('𝔘𝔫𝔦 🐘 ẞ', 'sad'), (E'back\\\\slash \\\\. \\\\! touch', 'a;b'), (E'\\\\.\\n\\\\.\\n', NULL), ('$$ $tag$ '' " ;', 'it''s ok'),
    (E'tab\\tcr\\rlf\\nnull \\\\N', NULL), ('', NULL), (NULL, NULL), (E'-- PostgreSQL database dump complete\\n--', NULL);
  CREATE TABLE kinds (b bytea, a int[], t text[][], j jsonb, d float8, n numeric, r tstzrange, c citext, p positive,
    gen int GENERATED ALWAYS AS (cardinality(a)) STORED);
  INSERT INTO kinds VALUES
    ('\\x00ff5c0a27', '{1,NULL,3}', '{{"a,b","\\"q\\""},{"{}",NULL}}', '{"k": "\\u00fc\\n;$$"}', 'NaN', 'Infinity', '[2020-01-01,)', 'Aa', 1),
    ('', '{}', NULL, 'null', '-Infinity', 12345678901234567890.123456789, 'empty', NULL, NULL);
  CREATE TABLE chicken (id int PRIMARY KEY, egg int);
  CREATE TABLE egg (id int PRIMARY KEY, chicken int REFERENCES chicken DEFERRABLE);
  ALTER TABLE chicken ADD FOREIGN KEY (egg) REFERENCES egg;
  INSERT INTO chicken VALUES (1, NULL); INSERT INTO egg VALUES (1, 1); UPDATE chicken SET egg = 1;
  CREATE TABLE empty (); CREATE UNLOGGED TABLE quick (x int);
  CREATE TABLE parts (d date, x int) PARTITION BY RANGE (d);
  CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
  INSERT INTO parts VALUES ('2020-05-05', 5);
  CREATE SEQUENCE count_up START 41; SELECT nextval('count_up');
  CREATE FUNCTION shout(x text) RETURNS text LANGUAGE plpgsql AS $body$
    BEGIN RETURN upper(x) || ';' || $q$it's$q$; -- a comment; with 'quotes
    END $body$;
  CREATE FUNCTION atomic(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN x > 1 THEN 1 ELSE 2 END; SELECT x; END;
  CREATE FUNCTION on_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.x = 7; RETURN NEW; END';
  CREATE TRIGGER changed BEFORE INSERT ON quick FOR EACH ROW EXECUTE FUNCTION on_change();
  CREATE VIEW loud AS SELECT shout("co""l") AS s FROM "odd "" name; --"."ta$b;le";
  CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM kinds;
  CREATE RULE twice AS ON UPDATE TO quick DO ALSO (SELECT 1; SELECT 2);
  CREATE INDEX "in;dex" ON kinds (lower(c::text));
  COMMENT ON TABLE kinds IS E'semi;colon \\\\ ''quote'' \\n-- no comment';
  GRANT SELECT ON kinds TO PUBLIC;
  SELECT lo_from_bytea(4242, decode(repeat('00ff27', 50000), 'hex'))`;

const missing = wasmDumper() === undefined ? "dist/backup is not built" : undefined;
if (missing) console.warn(`SKIPPED: ${missing}`);

describe.skipIf(missing).each(serverKinds)("a dump by WebAssembly of $title", ({ bin }) => {
  const dumper = wasmDumper() as Dumper;
  let server: RealServer;
  const login = (name: string): DatabaseLogin => ({
    ...{
      socketDirectory: server.record.socketDirectory,
      port: 5432,
      user: name,
      password: `${name}'s`,
      database: name,
    },
  });
  const file = (name: string) => path.join(server.sandbox.directory, name);
  const options: DumpOptions = { lockWaitTimeoutMs: 60_000 };

  async function createDatabase(name: string): Promise<void> {
    const session = await server.admin.openSession("postgres");
    await session.query(`CREATE ROLE ${name} LOGIN PASSWORD '${name}''s'`);
    await session.query(`CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0`);
    await session.end();
  }
  async function query(name: string, text: string) {
    const session = await openSession(login(name));
    try {
      return await session.query(text);
    } finally {
      await session.end();
    }
  }
  async function evidenceOf(name: string) {
    const session = await openSession(login(name));
    try {
      await session.query("BEGIN");
      return await gatherEvidence(session);
    } finally {
      await session.end();
    }
  }

  beforeAll(async () => {
    server = await startRealServer(bin);
    for (const name of ["source", "target"]) await createDatabase(name);
    await query("source", rich);
  }, 60_000);
  afterAll(() => server?.dispose());

  it("restores to what was dumped", async () => {
    const snapshot = await openSession(login("source"));
    await snapshot.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    const { rows } = await snapshot.query("SELECT pg_export_snapshot() AS id");
    await query("source", "INSERT INTO chicken VALUES (99, NULL)");
    await dumper.write(login("source"), file("rich.sql.gz"), { ...options, snapshot: rows[0].id });
    await snapshot.end();
    await query("source", "DELETE FROM chicken WHERE id = 99");

    const text = gunzipSync(fs.readFileSync(file("rich.sql.gz"))).toString("utf8");
    expect(text).toContain(`-- Dumped by pg_dump version ${dumper.version}`);
    const before = await evidenceOf("source");
    expect(await sqlReader.list(file("rich.sql.gz"))).toEqual(
      expect.arrayContaining(before.tables.map(({ schema, name }) => `${schema} ${name}`)),
    );
    await sqlReader.readThrough(file("rich.sql.gz"));
    const parts: number[] = [];
    const faults = await sqlReader.restore(login("target"), file("rich.sql.gz"), { onProgress: (p) => parts.push(p) });
    expect(faults).toEqual([]);
    expect(parts.at(-1)).toBe(1);
    expect(await evidenceOf("target")).toEqual(before);
    expect(before.tables.every(({ checksum }) => checksum !== null)).toBe(true);

    const look = `SELECT (SELECT json_agg(s ORDER BY s) FROM loud) AS loud, (SELECT count FROM counted) AS counted,
      nextval('count_up') AS next, atomic(3) AS atomic, md5(lo_get(4242)) AS object, obj_description('kinds'::regclass) AS said,
      (SELECT json_agg(pg_get_functiondef(p.oid) ORDER BY proname) FROM pg_proc p WHERE proname IN ('shout', 'atomic')) AS functions,
      (SELECT json_agg(pg_get_ruledef(oid) ORDER BY 1) FROM pg_rewrite WHERE rulename = 'twice') AS rules,
      (SELECT json_agg(pg_get_constraintdef(oid) ORDER BY conname) FROM pg_constraint WHERE contype IN ('f', 'c')) AS constraints,
      (SELECT json_agg(relacl::text) FROM pg_class WHERE relname = 'kinds') IS NOT NULL AS granted,
      (SELECT json_agg(tgname) FROM pg_trigger WHERE NOT tgisinternal) AS triggers`;
    expect((await query("target", look)).rows).toEqual((await query("source", look)).rows);
    const { rows: owners } = await query(
      "target",
      "SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    );
    expect(owners).toEqual([{ owner: "target" }]);
  }, 20_000);

  it("holds one table alone, whatever its name", async () => {
    await dumper.write(login("source"), file("one.sql.gz"), {
      ...options,
      tables: [{ schema: 'odd " name; --', name: "ta$b;le" }],
    });
    expect(await sqlReader.list(file("one.sql.gz"))).toEqual(['odd " name; -- ta$b;le']);
    const table = { schema: "public", name: "k*" };
    await expect(
      dumper.write(login("source"), file("none.sql.gz"), { ...options, tables: [table] }),
    ).rejects.toMatchObject({
      code: "backup/dump-failed",
    });
  });

  it("does not wait for ever for a table that somebody holds", async () => {
    const holder = await openSession(login("source"));
    await holder.query("BEGIN; LOCK TABLE kinds");
    const dump = dumper.write(login("source"), file("locked.sql.gz"), { lockWaitTimeoutMs: 300 });
    await expect(dump).rejects.toMatchObject({ code: "backup/locked" });
    await holder.end();
  });

  it("says what pg_dump says, and never the password", async () => {
    const wrong = { ...login("source"), password: "hunter2" };
    const error = await dumper.write(wrong, file("wrong.sql.gz"), options).catch((one: unknown) => one);
    expect(error).toMatchObject({
      code: "backup/dump-failed",
      details: expect.arrayContaining([expect.stringContaining("password authentication failed")]),
    });
    expect(JSON.stringify(error)).not.toContain("hunter2");
    const nowhere = { ...login("source"), socketDirectory: "/nonexistent" };
    await expect(dumper.write(nowhere, file("no.sql.gz"), options)).rejects.toMatchObject({
      code: "connection/refused",
    });
  });

  describe("of a worker that waits", () => {
    async function whileWaiting(act: (pid: number, abort: AbortController) => Promise<void> | void): Promise<unknown> {
      const holder = await openSession(login("source"));
      await holder.query("BEGIN; LOCK TABLE kinds");
      const abort = new AbortController();
      const dump = dumper.write(login("source"), file("waits.sql.gz"), { ...options, signal: abort.signal });
      const settled = dump.then(
        () => undefined,
        (error: unknown) => error,
      );
      try {
        const blocked =
          "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'leash'";
        await until(async () => (await query("source", blocked)).rows[0] as unknown, 10_000, "the dump waits");
        await act(workers()[0]!, abort);
        return await settled;
      } finally {
        await holder.end();
        abort.abort();
      }
    }
    /** Processes of this one's; their command lines hold no password. */
    function workers(): number[] {
      const lines = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], { encoding: "utf8" });
      expect(lines).not.toContain("source's");
      return lines.split("\n").flatMap((line) => (/pg-dump-wasm/.test(line) ? Number.parseInt(line, 10) : []));
    }

    it("fails when that is killed", async () => {
      expect(
        await whileWaiting((pid) => {
          expect(fs.readFileSync(`/proc/${pid}/environ`, "utf8")).not.toContain("source's");
          process.kill(pid, "SIGKILL");
        }),
      ).toMatchObject({ code: "backup/dump-failed" });
    });

    it("ends with its signal", async () => {
      const reason = new Error("no longer wanted");
      expect(await whileWaiting((_pid, abort) => abort.abort(reason))).toBe(reason);
      await until(() => workers().length === 0 || undefined, 5_000, "the worker's end");
    });
  });

  it("is found out when it is cut off or changed", async () => {
    const whole = fs.readFileSync(file("rich.sql.gz"));
    const cases = [
      whole.subarray(0, whole.length - 20),
      gzipSync(gunzipSync(whole).subarray(0, -400)),
      Buffer.concat([whole.subarray(0, 2000), Buffer.alloc(50), whole.subarray(2050)]),
      Buffer.alloc(0),
      gunzipSync(whole).subarray(0, 5000),
    ];
    for (const bytes of cases) {
      fs.writeFileSync(file("bad.sql.gz"), bytes);
      await expect(sqlReader.list(file("bad.sql.gz"))).rejects.toMatchObject({ code: "backup/corrupt" });
      await expect(sqlReader.readThrough(file("bad.sql.gz"))).rejects.toMatchObject({ code: "backup/corrupt" });
    }
  });
});
