import { outcome, type TestTenant } from "../../support/guard";
import type { Arena, Attempt } from "./attempt";

export const MiB = 1024 ** 2;
/** The free plan's. */
const limitBytes = 50 * MiB;
const counted = "counted in the database's size";

export const rows = (megabytes: number) =>
  `SELECT repeat(md5(random()::text), 32) AS x FROM generate_series(1, ${megabytes * 960})`;

/** Some 6 MB that don't compress. */
export const largeObjects = `SELECT count(lo_from_bytea(0, bytes)) FROM generate_series(1, 100),
  (SELECT decode(string_agg(md5(random()::text), ''), 'hex') AS bytes FROM generate_series(1, 4096)) noise`;

export async function sizeOf(arena: Arena, { id }: TestTenant): Promise<number> {
  const [row] = await arena.admin(`SELECT pg_database_size('${id}')::float8 - pg_database_size('template0') AS bytes`);
  return Number(row!.bytes);
}

/** Writes on until the guard restricts the app. */
export async function overfill(arena: Arena, app: TestTenant, text: string, timeoutMs = 45_000): Promise<number> {
  const isOver = () => arena.ground.events.some(({ kind, app: of }) => kind === "restricted" && of === app.id);
  const deadline = Date.now() + timeoutMs;
  let most = 0;
  while (!isOver()) {
    await outcome(app.query(text));
    most = Math.max(most, await sizeOf(arena, app));
    if (Date.now() > deadline) throw new Error(`never restricted, with ${most / MiB} MB`);
  }
  if (most < limitBytes * 0.7 && !/TEMP|ROLLBACK/.test(text)) throw new Error(`restricted at ${most / MiB} MB`);
  if (most > 1_000 * MiB) throw new Error(`${most / MiB} MB were written before`);
  return Math.round(most / MiB);
}

const fills = (what: string, text: string, setup = "", holds = counted): Attempt => ({
  ...{ what, holds: `${holds}; the guard restricts`, slow: "works" },
  async run(arena) {
    const app = await arena.ground.tenant();
    if (setup) await app.query(setup);
    const megabytes = await overfill(arena, app, text);
    return megabytes < 50 ? "restricted" : `restricted at ${megabytes} MB`;
  },
});

/** A grant on each of many columns to everybody: its rows are in a catalog of the server's, which no database's size tells. */
const grants = (n: string) => `DO $$ DECLARE roles text; columns text; BEGIN
  SELECT string_agg(rolname, ',') INTO roles FROM (SELECT rolname FROM pg_roles WHERE rolname ~ '^app_' LIMIT 40) r;
  SELECT string_agg('c' || g, ',') INTO columns FROM generate_series(1, 500) g;
  EXECUTE format('CREATE TABLE g_%s (%s)', ${n}, replace(columns, ',', ' bool,') || ' bool');
  EXECUTE format('GRANT SELECT (%s) ON g_%s TO %s', columns, ${n}, roles); END $$`;

const sharedCatalog: Attempt = {
  what: "fill the catalog of grants that all databases share",
  ...{ holds: "its rows count as the app's, 100 bytes each; the guard restricts", slow: "works" },
  async run(arena) {
    const app = await arena.ground.tenant();
    await Promise.all(Array.from({ length: 12 }, () => arena.ground.tenant()));
    const isOver = () => arena.ground.events.some(({ kind, app: of }) => kind === "restricted" && of === app.id);
    for (let n = 0; !isOver() && n < 100; n++) await outcome(app.query(grants(String(n))));
    await arena.ground.event("restricted", app.id, 60_000);
    if ((await sizeOf(arena, app)) > limitBytes) throw new Error("its own database took as much");
    return "restricted";
  },
};

const into = "CREATE TABLE t (x text)";

/** Ways to write more than the plan's 50 MB. */
export const storageAttempts: Attempt[] = [
  fills("write in one large statement", `INSERT INTO t ${rows(200)}`, into),
  fills("write in sessions that come and go between two looks", `INSERT INTO t ${rows(4)}`, into),
  fills(
    "write and roll back",
    `BEGIN; INSERT INTO t ${rows(60)}; ROLLBACK`,
    into,
    "a file stays large until it is vacuumed",
  ),
  fills("fill an unlogged table", `INSERT INTO t ${rows(20)}`, "CREATE UNLOGGED TABLE t (x text)"),
  fills("fill a temporary table", `CREATE TEMP TABLE t AS ${rows(80)}; SELECT pg_sleep(3)`),
  fills("fill large objects", largeObjects),
  fills(
    "bloat a table with updates",
    "UPDATE t SET x = x || ''",
    `CREATE TABLE t (x text, n int) WITH (autovacuum_enabled = off); INSERT INTO t (x) ${rows(6)}`,
  ),
  fills(
    "make thousands of tables without rows",
    `DO $$ DECLARE s text := md5(random()::text); BEGIN FOR i IN 1..500 LOOP
       EXECUTE format('CREATE TABLE t_%s_%s (a text, b text, c text, d text PRIMARY KEY)', s, i);
       IF i % 50 = 0 THEN COMMIT; END IF; END LOOP; END $$`,
  ),
  fills(
    "grow an index only",
    "UPDATE t SET n = n + 1",
    `CREATE TABLE t (n int, x text) WITH (autovacuum_enabled = off); INSERT INTO t SELECT g, '' FROM generate_series(1, 30000) g;
     CREATE INDEX ON t (n, (repeat('x', 400)))`,
  ),
  sharedCatalog,
];
