import fs from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DatabaseLogin } from "../../src/backup/dumps";
import type { Piece } from "../../src/backup/sql/pieces";
import { ScriptSplitter } from "../../src/backup/sql/split";
import { kindOf, tableOf, treatmentOf } from "../../src/backup/sql/statement";
import { sqlReader } from "../../src/backup/sql-dump";
import { openSession } from "../../src/connection/open";
import { type RealServer, startRealServer } from "../support/tenancy-server";

/** Pieces in short: a statement is its text, rows are `{rows}`, a command is its line. */
function split(script: string, sizes: () => number = () => script.length): { pieces: string[]; unfinished: string } {
  const splitter = new ScriptSplitter();
  const bytes = Buffer.from(script);
  const found: Piece[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = Math.max(1, sizes());
    found.push(...splitter.push(bytes.subarray(at, at + size)));
    at += size;
  }
  found.push(...splitter.end());
  const pieces: string[] = [];
  let rows = "";
  for (const piece of found) {
    if (piece.kind === "statement") pieces.push(piece.text.toString("utf8").trim());
    else if (piece.kind === "copy-data") rows += piece.data.toString("utf8");
    else if (piece.kind === "command") pieces.push(piece.text);
    else if (piece.kind === "copy-end") {
      pieces.push(`{${rows}}`);
      rows = "";
    }
  }
  return { pieces, unfinished: splitter.unfinished };
}

/** A seeded generator (mulberry32): a failure can be had again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("the splitter", () => {
  it.each<[string, string[]]>([
    ["SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]],
    [";;; SELECT 1 ;;", ["SELECT 1"]],
    ["SELECT ';', 'it''s;', '\\'; SELECT 2;", ["SELECT ';', 'it''s;', '\\'", "SELECT 2"]],
    ["SELECT E'\\';', e'\\\\'; SELECT 2;", ["SELECT E'\\';', e'\\\\'", "SELECT 2"]],
    ["SELECT E'a'';\\''; SELECT 2;", ["SELECT E'a'';\\''", "SELECT 2"]],
    ["SELECT E'a'\n  '\\';'; SELECT 2;", ["SELECT E'a'\n  '\\';'", "SELECT 2"]],
    ["SELECT E'a' '\\'; SELECT 2;", ["SELECT E'a' '\\'", "SELECT 2"]],
    ["SELECT 1 AS nameE'\\'; SELECT 2;", ["SELECT 1 AS nameE'\\'", "SELECT 2"]],
    ["SELECT U&'\\0041;', B'1', N'\\'; SELECT 2;", ["SELECT U&'\\0041;', B'1', N'\\'", "SELECT 2"]],
    ['SELECT ";", "a"";\'"; SELECT 2;', ['SELECT ";", "a"";\'"', "SELECT 2"]],
    ["SELECT $$;'$$, $a$;$$;$a$; SELECT 2;", ["SELECT $$;'$$, $a$;$$;$a$", "SELECT 2"]],
    ["SELECT $é$;$é$; SELECT 2;", ["SELECT $é$;$é$", "SELECT 2"]],
    ["SELECT a$b$, $1, $2; SELECT $b$;$b$;", ["SELECT a$b$, $1, $2", "SELECT $b$;$b$"]],
    ["SELECT 1 -- ; '\n+ 1; -- ;\nSELECT 2;", ["SELECT 1 -- ; '\n+ 1", "SELECT 2"]],
    ["/* ; ' /* ; */ ; */ SELECT 1 /* ; */; SELECT 2;", ["SELECT 1 /* ; */", "SELECT 2"]],
    ["SELECT 1 - -1 / 2; SELECT 2;", ["SELECT 1 - -1 / 2", "SELECT 2"]],
    ["CREATE RULE r AS ON INSERT TO t DO (a; b); c;", ["CREATE RULE r AS ON INSERT TO t DO (a; b)", "c"]],
    [
      "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN x THEN 1 END; SELECT 2; END; SELECT 3;",
      [
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN x THEN 1 END; SELECT 2; END",
        "SELECT 3",
      ],
    ],
    ["BEGIN; SELECT 1; END; SELECT 2;", ["BEGIN", "SELECT 1", "END", "SELECT 2"]],
    [
      "COPY t (a) FROM stdin;\n1;'\n\\\\.\n\\.x\n\\.\nSELECT 1;",
      ["COPY t (a) FROM stdin", "{1;'\n\\\\.\n\\.x\n}", "SELECT 1"],
    ],
    [
      "COPY t FROM STDIN WITH (FORMAT csv);\r\na\r\n\\.\r\nSELECT 1;",
      ["COPY t FROM STDIN WITH (FORMAT csv)", "{a\r\n}", "SELECT 1"],
    ],
    ["COPY t FROM stdin;\n\\.\n\\.\nSELECT 1;", ["COPY t FROM stdin", "{}", "\\.", "SELECT 1"]],
    [
      "COPY \"from\" TO stdout; COPY t FROM 'stdin'; SELECT 1;",
      ['COPY "from" TO stdout', "COPY t FROM 'stdin'", "SELECT 1"],
    ],
    [
      "\\restrict abc\nSELECT 1; \\! touch /tmp/x ; y\nSELECT 2;",
      ["\\restrict abc", "SELECT 1", "\\! touch /tmp/x ; y", "SELECT 2"],
    ],
    [
      "SET standard_conforming_strings = off; SELECT '\\';'; SELECT 2;",
      ["SET standard_conforming_strings = off", "SELECT '\\';'", "SELECT 2"],
    ],
  ])("splits %s", (script, pieces) => {
    expect(split(script)).toEqual({ pieces, unfinished: "nothing" });
    expect(split(script, () => 1)).toEqual({ pieces, unfinished: "nothing" });
  });

  it.each([
    ["SELECT 1", "statement"],
    ["SELECT 'a;", "quotes"],
    ["SELECT E'a\\", "quotes"],
    ['SELECT "a;', "quotes"],
    ["SELECT $a$ $", "quotes"],
    ["/* /* */", "comment"],
    ["COPY t FROM stdin;\n1\n", "rows"],
    ["COPY t FROM stdin;\n1\n\\.x", "rows"],
    ["SELECT 1; -- the end", "nothing"],
    ["COPY t FROM stdin;\n1\n\\.", "nothing"],
  ])("knows that %s is broken off in: %s", (script, unfinished) => {
    expect(split(script).unfinished).toBe(unfinished);
    expect(split(script, () => 1).unfinished).toBe(unfinished);
  });

  it("finds the same statements however they come", () => {
    const parts = [
      ...["SELECT", "x", "E", "e1", "COPY", "a$b", "1", ".5", "+", "-", "/", "*", ",", "é", "\t", "\n", "::", "$1"],
      ...[
        "'a;''b\\'",
        "E'\\';\\\\'",
        "E'a'\n'\\''",
        '"n;""m"',
        "$$;'$$",
        "$t$;$x$;$t$",
        "(a;b)",
        "/*;'/*;*/*/",
        "--;'\n2",
        "case",
        "end",
      ],
    ];
    for (let seed = 1; seed <= 400; seed += 1) {
      const next = random(seed);
      const pick = <T>(from: readonly T[]) => from[Math.floor(next() * from.length)]!;
      const pieces = Array.from({ length: 1 + Math.floor(next() * 8) }, () =>
        next() < 0.15
          ? [
              "COPY t FROM stdin",
              `{${Array.from({ length: 3 }, () => pick(["1\t;'\n", "\\\\.\n", "x\\.\n", "\\N\n", "\n", "$$\n"])).join("")}}`,
            ]
          : [`SELECT ${Array.from({ length: 1 + Math.floor(next() * 10) }, () => pick(parts)).join(" ")}`.trim()],
      ).flat();
      const script = pieces
        .map((piece) =>
          piece.startsWith("{")
            ? `${piece.slice(1, -1)}\\.\n`
            : `${piece};${/^COPY/.test(piece) ? "\n" : pick(["", " ", "\n"])}`,
        )
        .join("");
      expect(split(script), `seed ${seed}: ${JSON.stringify(script)}`).toEqual({ pieces, unfinished: "nothing" });
      const torn = split(script, () => Math.floor(next() * 5));
      expect(torn, `seed ${seed}, torn`).toEqual({ pieces, unfinished: "nothing" });
      const again = split(
        torn.pieces.map((piece) => (piece.startsWith("{") ? `${piece.slice(1, -1)}\\.\n` : `${piece};\n`)).join(""),
      );
      expect(again.pieces, `seed ${seed}, rejoined`).toEqual(pieces);
    }
  });
});

describe("a statement of a dump", () => {
  it.each([
    ["ALTER TABLE public.t OWNER TO somebody", "skip"],
    ['ALTER FUNCTION public.f(x text DEFAULT \'a\') OWNER TO "odd ""role"', "skip"],
    ["ALTER TABLE t RENAME COLUMN owner TO holder", "run"],
    ["ALTER TABLE t ALTER c SET DEFAULT 'x OWNER TO y'", "run"],
    ["CREATE ROLE x SUPERUSER", "skip"],
    ["CREATE USER MAPPING FOR x SERVER y", "run"],
    ["ALTER DATABASE x SET search_path = y", "skip"],
    ["SET SESSION AUTHORIZATION 'postgres'", "skip"],
    ["set local role x", "skip"],
    ["RESET ROLE", "skip"],
    ["BEGIN", "skip"],
    ["END", "skip"],
    ["SET search_path = ''", "alone"],
    ["SELECT pg_catalog.set_config('search_path', '', false)", "alone"],
    ["SELECT pg_catalog.lowrite(0, '')", "alone"],
    ["SELECT pg_catalog.setval('s', 1)", "run"],
    ["CREATE TABLE commit (x int)", "run"],
  ] as const)("%s: %s", (statement, treatment) => {
    expect(treatmentOf(statement)).toBe(treatment);
  });

  it.each([
    ["GRANT SELECT ON t TO x", "ACL"],
    ["ALTER DEFAULT PRIVILEGES FOR ROLE x GRANT SELECT ON TABLES TO y", "DEFAULT ACL"],
  ])("%s is left out where grants are", (statement, kind) => {
    expect([treatmentOf(statement), treatmentOf(statement, { withoutGrants: true })]).toEqual(["run", "skip"]);
    expect(kindOf(statement)).toBe(kind);
  });

  it.each([
    ["CREATE TABLE a.b (x int)", "TABLE", "a b"],
    ["CREATE UNLOGGED TABLE IF NOT EXISTS Bare (x int)", "TABLE", "public bare"],
    ['COPY "S.1"."t""2 ( from" (a) FROM stdin', "TABLE DATA", 'S.1 t"2 ( from'],
    ["INSERT INTO public.t VALUES (1)", "TABLE DATA", "public t"],
    ["ALTER TABLE ONLY a.b\n ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES c(y)", "FK CONSTRAINT", undefined],
    ["CREATE UNIQUE INDEX i ON t (x)", "INDEX", undefined],
    ["CREATE MATERIALIZED VIEW v AS SELECT 1", "MATERIALIZED VIEW", undefined],
    ["COMMENT ON EXTENSION x IS 'y'", "COMMENT", undefined],
    ['DROP TRIGGER t ON public."A b"', "DROP", undefined],
    ['ALTER TABLE IF EXISTS ONLY a."b c" DROP CONSTRAINT IF EXISTS "d e"', "DROP", undefined],
    ["ALTER TABLE a.b ALTER COLUMN c DROP DEFAULT", "DROP", undefined],
    ["ALTER TABLE a ADD CHECK (b <> ' DROP CONSTRAINT c')", "TABLE", undefined],
  ])("%s is of kind %s", (statement, kind, table) => {
    expect([kindOf(statement), tableOf(statement)]).toEqual([kind, table]);
  });
});

describe("a dump in SQL", () => {
  const trailer = "--\n-- PostgreSQL database dump complete\n--\n";
  let server: RealServer;
  let login: DatabaseLogin;
  beforeAll(async () => {
    server = await startRealServer(undefined);
    const name = "target";
    login = {
      socketDirectory: server.record.socketDirectory,
      port: 5432,
      user: name,
      password: "secret",
      database: name,
    };
  }, 60_000);
  afterAll(() => server?.dispose());

  async function restore(text: string | Buffer, options = {}) {
    const session = await server.admin.openSession("postgres");
    await session.query("DROP DATABASE IF EXISTS target WITH (FORCE)");
    await session.query("DROP ROLE IF EXISTS target");
    await session.query("CREATE ROLE target LOGIN PASSWORD 'secret'");
    await session.query("CREATE DATABASE target OWNER target TEMPLATE template0");
    await session.end();
    const file = path.join(server.sandbox.directory, "dump.sql");
    fs.writeFileSync(file, text);
    return sqlReader.restore(login, file, options);
  }
  async function query(text: string) {
    const session = await openSession(login);
    try {
      return (await session.query(text)).rows as unknown[];
    } finally {
      await session.end();
    }
  }

  it("goes on after statements that fail, and tells of them", async () => {
    const faults = await restore(
      `SET transaction_timeout_of_the_future = 0;
       BEGIN; CREATE TABLE a (x int PRIMARY KEY); ALTER TABLE a OWNER TO nobody; GRANT SELECT ON a TO nobody;
       INSERT INTO a VALUES (1); INSERT INTO a VALUES (1); INSERT INTO a VALUES (2); COMMIT;
       COPY a FROM stdin;\n3\nno number\n\\.\nCOPY missing (x) FROM stdin;\n1;\n\\.\nCOPY a FROM stdin;\n4\n\\.
       SELECT lo_open(1, 131072); SELECT lowrite(0, 'x'); SELECT lo_close(0);
       ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (x) REFERENCES missing; INSERT INTO a VALUES (5);\n${trailer}`,
    );
    expect(faults.map(({ type, code }) => [type, code])).toEqual([
      ["ACL", "42704"],
      ["TABLE DATA", "23505"],
      ["TABLE DATA", "22P02"],
      ["TABLE DATA", "42P01"],
      ["BLOBS", "42704"],
      ["FK CONSTRAINT", "42P01"],
    ]);
    expect(await query("SELECT x FROM a ORDER BY x")).toEqual([1, 2, 4, 5].map((x) => ({ x })));
  });

  it("leaves grants out where it is told to", async () => {
    const text = `CREATE TABLE a (x int);\nGRANT SELECT ON a TO PUBLIC;\nREVOKE ALL ON a FROM nobody;\n${trailer}`;
    expect(await restore(text, { withoutGrants: true })).toEqual([]);
    expect(await query("SELECT relacl FROM pg_class WHERE relname = 'a'")).toEqual([{ relacl: null }]);
  });

  it.each([
    "\\! touch PLACE",
    "SELECT 1 \\! touch PLACE",
    "\\copy t from program 'touch PLACE'",
    "SELECT 'touch PLACE' \\gexec",
  ])("refuses %s", async (command) => {
    const place = path.join(server.sandbox.directory, "touched");
    const text = `CREATE TABLE a (x int);\n${command.replace("PLACE", place)}\n;\n${trailer}`;
    await expect(restore(gzipSync(text))).rejects.toMatchObject({ code: "restore/unsupported-command", exitCode: 2 });
    expect(fs.existsSync(place)).toBe(false);
  });

  it("follows no script to another database", async () => {
    await expect(restore(`\\connect one\n\\connect two\n${trailer}`)).rejects.toMatchObject({
      code: "restore/unsupported-command",
    });
  });

  it.each([
    ["text in another encoding", Buffer.from("SET client_encoding = 'LATIN1';\n"), "restore/unsupported-encoding"],
    ["text in UTF-16", Buffer.from("\ufeffSELECT 1;\n", "utf16le"), "restore/unsupported-format"],
    ["a dump in the custom format", Buffer.from("PGDMP\x01\x0e"), "restore/unsupported-format"],
    ["bytes that are no text", Buffer.from([0x53, 0xff, 0xfe, 0x3b]), "backup/corrupt"],
    ["what ends early", Buffer.from("CREATE TABLE a (x int);\n"), "backup/corrupt"],
    ["what goes on behind its end", Buffer.from(`${trailer}CREATE TABLE a (x int);\n`), "backup/corrupt"],
    ["a trailer inside of rows", Buffer.from(`COPY a FROM stdin;\n${trailer}`), "backup/corrupt"],
  ])("does not take %s", async (_what, bytes, code) => {
    await expect(restore(bytes)).rejects.toMatchObject({ code });
  });

  it("ends with its signal", async () => {
    const abort = new AbortController();
    const reason = new Error("no longer wanted");
    setTimeout(() => abort.abort(reason), 300);
    const began = performance.now();
    await expect(restore(`SELECT pg_sleep(30);\n${trailer}`, { signal: abort.signal })).rejects.toBe(reason);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it("takes what pg_dump writes as INSERTs, with a mark at its start", async () => {
    const rows = Array.from({ length: 5000 }, (_, x) => `INSERT INTO public.a VALUES (${x}, 'x;''\\');\n`).join("");
    const text = `\ufeffCREATE TABLE public.a (x int, y text);\n${rows}${trailer}`;
    expect(await restore(gzipSync(text))).toEqual([]);
    expect(await query("SELECT count(*), min(y) FROM a")).toEqual([{ count: "5000", min: "x;'\\" }]);
  });
});
