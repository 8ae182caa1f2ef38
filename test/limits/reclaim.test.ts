import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reclaimSpace } from "../../src/limits/reclaim";
import { dropAppDatabase } from "../../src/tenancy/drop";
import { identifier } from "../../src/tenancy/sql";
import { createGuardGround, type GuardGround } from "../support/guard";
import { serverKinds } from "../support/tenancy-server";

/** As an app may call its schemas and tables: 63 bytes at most. */
const oddNames = [
  'say "it"',
  "over\ntwo\r\nlines",
  "ä€😀".repeat(7),
  '"; DROP TABLE "kept"; --',
  "$1 %s %I \\ \\x41 '' E'\\n'",
  "-- comment",
  "FULL",
  "current_user",
  "pg_class",
  "pg_catalog.pg_class",
  "app_1234567890_owner",
  " ",
  "\t\u0001",
];

describe.each(serverKinds)("giving space back on an $title", ({ bin }) => {
  let ground: GuardGround;
  beforeAll(async () => {
    ground = await createGuardGround(bin);
  });
  afterAll(() => ground?.dispose());

  const reclaim = (id: string) => reclaimSpace(ground.server.admin, ground.openAs, id, new Map(), () => {});

  it("finds tables of any name, in schemas of any name, and nothing else", async () => {
    const tenant = await ground.tenant();
    const session = await tenant.login();
    await session.query("CREATE TABLE kept AS SELECT 'kept' AS x");
    for (const name of oddNames) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
      // The server keeps schemas of such names to itself.
      const schema = name.startsWith("pg_") ? "public" : name;
      const table = `${identifier(schema)}.${identifier(name)}`;
      if (schema === name) await session.query(`CREATE SCHEMA ${identifier(schema)}`);
      await session.query(`CREATE TABLE ${table} (x text) WITH (autovacuum_enabled = off);
        INSERT INTO ${table} SELECT repeat('x', 100) FROM generate_series(1, 3000); DELETE FROM ${table}`);
    }
    await session.end();
    await reclaim(tenant.id);
    const { rows } = await tenant.query(
      "SELECT relname AS name, pg_relation_size(c.oid)::int AS bytes FROM pg_class c " +
        "WHERE relkind = 'r' AND relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND relname <> 'kept'",
    );
    expect(rows).toHaveLength(oddNames.length);
    expect(rows.filter(({ bytes }) => bytes !== 0)).toEqual([]);
    expect((await tenant.query("SELECT x FROM kept")).rows).toEqual([{ x: "kept" }]);
  });

  it("keeps no neighbour from being dropped that many grants in there name", async () => {
    const [tenant, ...neighbours] = [await ground.tenant(), await ground.tenant(), await ground.tenant()];
    const roles = neighbours.map(({ id }) => id);
    // Wide tables, and many narrow ones.
    for (const [tables, width] of [
      [12, 1_000],
      [600, 15],
    ] as const) {
      const columns = Array.from({ length: width }, (_, n) => `c${n}`);
      await tenant.query(`DO $$ BEGIN FOR n IN 1..${tables} LOOP
        EXECUTE format('CREATE TABLE g_${width}_%s (${columns.join(" bool, ")} bool)', n);
        EXECUTE format('GRANT SELECT (${columns}) ON g_${width}_%s TO ${roles}', n); END LOOP; END $$`);
    }
    let [dropped, rewritten] = [false, 0];
    const rewriting = (async () => {
      for (; !dropped; rewritten++) await reclaim(tenant.id);
    })();
    try {
      for (const { id } of neighbours) await dropAppDatabase(ground.server.admin, id);
    } finally {
      dropped = true;
      await rewriting;
    }
    expect(rewritten).toBeGreaterThan(1);
  });
});
