import { errorCode } from "../errors";
import type { CatalogSession } from "../tenancy/catalog";
import { identifier } from "../tenancy/sql";
import { tableKey } from "./dumps";
import type { Evidence, TableEvidence } from "./manifest";

/** Rows of larger tables are counted and not summed. */
const mostSummedBytes = 16 * 1024 ** 2;
/** Reading the rows of all tables takes no longer than about this; what is left is neither counted nor summed. */
const budgetMs = 15_000;

/** What values look like as text is decided by a session's settings. */
const sameText = [
  "SET search_path = ''",
  "SET TimeZone = 'UTC'",
  "SET DateStyle = 'ISO, YMD'",
  "SET IntervalStyle = 'iso_8601'",
  "SET bytea_output = 'hex'",
  "SET extra_float_digits = 1",
  "SET lc_monetary = 'C'",
  "SET row_security = off",
  // The dump and the apps have the other processors.
  "SET max_parallel_workers_per_gather = 0",
].join("; ");

interface TableName {
  schema: string;
  name: string;
}

interface Table extends TableName {
  bytes: string;
  columns: string[];
}

/**
 * Reads what an app's database holds, in the caller's transaction: tables, rows, and checksums of the smaller ones. The
 * login must be a one-off that reads all. No code of the app's runs: a row becomes text as an anonymous record, for which
 * nobody can plant a cast.
 * @param only these tables alone
 */
export async function gatherEvidence(session: CatalogSession, only?: readonly TableName[]): Promise<Evidence> {
  await session.query(sameText);
  const { rows: tables } = await session.query<Table>(
    `SELECT n.nspname AS schema, c.relname AS name, pg_table_size(c.oid) AS bytes,
            -- What is virtual is computed as it is read, and may fail; no dump holds it.
            ARRAY (SELECT a.attname::text FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
                    ORDER BY a.attnum) AS columns
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        -- An extension's own tables are a superuser's; the app's own, made a part of one, would be in no dump.
        AND NOT (EXISTS (SELECT FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
                 AND NOT pg_has_role(c.relowner, 'USAGE'))
      ORDER BY pg_table_size(c.oid), n.nspname, c.relname`,
  );
  const { rows: others } = await session.query<{ objects: string; extensions: string[] }>(
    `SELECT (SELECT count(*) FROM pg_largeobject_metadata) AS objects,
            ARRAY (SELECT extname::text FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1) AS extensions`,
  );
  const { objects, extensions } = others[0]!;
  const deadline = performance.now() + budgetMs;
  const read: TableEvidence[] = [];
  const wanted = only && new Set(only.map(tableKey));
  for (const table of tables.filter((one) => wanted?.has(tableKey(one)) ?? true))
    read.push(await readTable(session, table, deadline - performance.now()));
  return { tables: read, largeObjects: Number(objects), extensions };
}

async function readTable(
  session: CatalogSession,
  { schema, name, bytes, columns }: Table,
  leftMs: number,
): Promise<TableEvidence> {
  if (leftMs <= 0) return { schema, name, rows: null, checksum: null };
  const row = columns.map((column) => `t.${identifier(column)}`).join(", ");
  const sum = `coalesce(sum(hashtextextended(ROW(${row})::text, 0)), 0)::text`;
  const unread = { schema, name, rows: null, checksum: null };
  const deadline = performance.now() + leftMs;
  for (const checksum of Number(bytes) <= mostSummedBytes ? [sum, null] : [null]) {
    const timeoutMs = Math.ceil(deadline - performance.now());
    if (timeoutMs <= 0) return unread;
    await session.query(`SAVEPOINT read; SET LOCAL statement_timeout = ${timeoutMs}`);
    try {
      const { rows } = await session.query<{ rows: string; checksum: string | null }>(
        `SELECT count(*) AS rows, ${checksum ?? "NULL"} AS checksum FROM ONLY ${identifier(schema)}.${identifier(name)} t`,
      );
      await session.query("RELEASE read");
      return { ...unread, rows: Number(rows[0]!.rows), checksum: rows[0]!.checksum };
    } catch (error) {
      const code = errorCode(error) ?? "";
      if (code !== queryCanceled && !(checksum !== null && tooLarge.has(code))) throw error;
      await session.query("ROLLBACK TO read");
      if (code === queryCanceled) return unread;
    }
  }
  return unread;
}

const queryCanceled = "57014";
/** What PostgreSQL calls a row whose text, with its quotes doubled, is larger than a value may be; a dump may hold it. */
const tooLarge = new Set(["XX000", "54000", "53200"]);

export interface Comparison {
  tables: number;
  counted: number;
  summed: number;
  /** What differs, for people; tables by name. */
  differences: string[];
}

/** Compares what a restored database holds with what was there when it was dumped. */
export function compareEvidence(dumped: Evidence, restored: Evidence): Comparison {
  const key = ({ schema, name }: TableEvidence) => JSON.stringify([schema, name]);
  const found = new Map(restored.tables.map((table) => [key(table), table]));
  const result: Comparison = { tables: dumped.tables.length, counted: 0, summed: 0, differences: [] };
  for (const table of dumped.tables) {
    const shown = `${table.schema}.${table.name}`;
    const now = found.get(key(table));
    if (!now) {
      result.differences.push(`table ${shown} is missing`);
      continue;
    }
    if (table.rows === null || now.rows === null) continue;
    result.counted += 1;
    if (table.rows !== now.rows) {
      result.differences.push(`table ${shown} has ${now.rows} rows instead of ${table.rows}`);
      continue;
    }
    if (table.checksum === null || now.checksum === null) continue;
    result.summed += 1;
    if (table.checksum !== now.checksum) result.differences.push(`rows of table ${shown} differ`);
  }
  if (dumped.largeObjects !== restored.largeObjects) {
    result.differences.push(`there are ${restored.largeObjects} large objects instead of ${dumped.largeObjects}`);
  }
  for (const name of dumped.extensions.filter((one) => !restored.extensions.includes(one))) {
    result.differences.push(`extension ${name} is missing`);
  }
  return result;
}
