import type { CatalogSession } from "../tenancy/catalog";
import { ownerRole } from "../tenancy/describe";
import { type OneOff, withOneOff } from "../tenancy/one-off";
import {
  catalogOf,
  inMaintenance,
  isBlocked,
  type TenancyServer,
  type TenancySession,
  withSession,
} from "../tenancy/session";
import { identifier } from "../tenancy/sql";

/** A table whose file may hold space of rows that are gone. */
interface Candidate {
  oid: string;
  schema: string;
  name: string;
  bytes: number;
  /** Rows that were deleted or updated so far. */
  gone: string;
}

/** What was reclaimed when; it is tried again when more rows have gone. */
export type Reclaimed = Map<string, string>;

const leastBytes = 128 * 1024;
const lockTimeoutMs = 2_000;

/** Tables worth rewriting, smallest first: the early ones make room for the later ones. */
async function findCandidates(session: CatalogSession, app: string, done: Reclaimed): Promise<Candidate[]> {
  const { rows } = await session.query<Omit<Candidate, "bytes"> & { bytes: string }>(
    `SELECT c.oid::pg_catalog.text AS oid, n.nspname AS schema, c.relname AS name,
            pg_catalog.pg_total_relation_size(c.oid) AS bytes,
            (pg_catalog.pg_stat_get_tuples_deleted(c.oid) OPERATOR(pg_catalog.+)
             pg_catalog.pg_stat_get_tuples_updated(c.oid))::pg_catalog.text AS gone
       FROM pg_catalog.pg_class c
       JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
      WHERE c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'm']::"char"[])
        AND c.relpersistence OPERATOR(pg_catalog.<>) 't'::"char"
        AND c.relowner OPERATOR(pg_catalog.=) $1::pg_catalog.regrole::pg_catalog.oid
        AND pg_catalog.pg_relation_size(c.oid) OPERATOR(pg_catalog.>=) $2::pg_catalog.int8
      ORDER BY 4`,
    [identifier(ownerRole(app)), leastBytes],
  );
  return rows.filter(({ oid, gone }) => done.get(oid) !== gone).map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

/** Opens a session of a one-off login in its app's database. */
export type OpenAs = (oneOff: OneOff) => Promise<TenancySession>;

/**
 * Gives the space of deleted rows back to an app that is over its plan. Its tables are rewritten by a one-off login, since
 * that runs functions of the app's; what belongs to the server's own catalog by the administrator.
 * @param onTable hears the size of each table before it is rewritten; bytes
 */
export async function reclaimSpace(
  server: TenancyServer,
  openAs: OpenAs,
  app: string,
  done: Reclaimed,
  onTable: (bytes: number) => void,
): Promise<void> {
  const candidates = await withSession(server, app, (session) => findCandidates(session, app, done));
  if (candidates.length > 0) {
    await withOneOff(server, app, "reclaim", async (oneOff) => {
      const session = await openAs(oneOff);
      try {
        await session.query(`SET lock_timeout = ${lockTimeoutMs}`);
        for (const candidate of candidates) await rewrite(session, candidate, done, onTable);
      } finally {
        await session.end();
      }
    });
  }
  await withSession(server, app, async (session) => {
    const bloated = await findBloatedCatalogs(session, done);
    if (bloated.length === 0) return;
    await inMaintenance(server, catalogOf(app), () => rewriteCatalogs(session, bloated, done, onTable));
  });
}

async function rewrite(
  session: CatalogSession,
  { oid, schema, name, bytes, gone }: Candidate,
  done: Reclaimed,
  onTable: (bytes: number) => void,
): Promise<void> {
  onTable(bytes);
  try {
    await session.query(`VACUUM (FULL) ${identifier(schema)}.${identifier(name)}`);
  } catch (error) {
    // Held by the app: later. Dropped in the meantime: nothing to do.
    if (isBlocked(error)) return;
    if ((error as { code?: string }).code !== "42P01") throw error;
  } finally {
    onTable(0);
  }
  done.set(oid, gone);
}

const bloatedCatalogBytes = 2 * 1024 ** 2;

interface BloatedCatalog {
  oid: string;
  name: string;
  bytes: string;
  gone: string;
}

/** Large objects, and the traces of tables that were dropped: no code of the app's runs in there. */
async function findBloatedCatalogs(session: CatalogSession, done: Reclaimed): Promise<BloatedCatalog[]> {
  const { rows } = await session.query<BloatedCatalog>(
    `SELECT c.oid::pg_catalog.text AS oid, c.relname AS name, pg_catalog.pg_total_relation_size(c.oid) AS bytes,
            (pg_catalog.pg_stat_get_tuples_deleted(c.oid) OPERATOR(pg_catalog.+)
             pg_catalog.pg_stat_get_tuples_updated(c.oid))::pg_catalog.text AS gone
       FROM pg_catalog.pg_class c
      WHERE c.relnamespace OPERATOR(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace::pg_catalog.oid
        AND c.relkind OPERATOR(pg_catalog.=) 'r'::"char" AND NOT c.relisshared
        AND pg_catalog.pg_relation_size(c.oid) OPERATOR(pg_catalog.>) $1::pg_catalog.int8`,
    [bloatedCatalogBytes],
  );
  return rows.filter(({ oid, gone }) => done.get(oid) !== gone);
}

async function rewriteCatalogs(
  session: CatalogSession,
  bloated: readonly BloatedCatalog[],
  done: Reclaimed,
  onTable: (bytes: number) => void,
): Promise<void> {
  await session.query(`SET lock_timeout = ${lockTimeoutMs}`);
  await session.query("SET statement_timeout = '60s'");
  for (const { oid, name, bytes, gone } of bloated) {
    onTable(Number(bytes));
    try {
      await session.query(`VACUUM (FULL) pg_catalog.${identifier(name)}`);
    } catch (error) {
      if (!isBlocked(error)) throw error;
      continue;
    } finally {
      onTable(0);
    }
    done.set(oid, gone);
  }
}
