import { errorCode } from "../errors";
import type { CatalogSession } from "./catalog";
import { ownerRole } from "./describe";
import { catalogOf, inMaintenance, isBlocked, type TenancyServer, whileLocked, withSession } from "./session";
import { identifier } from "./sql";
import { endTransactions } from "./terminate";

/** Takes an app's roles out of whatever its neighbours have named them in, which would keep them from being dropped. */
export async function releaseFromNeighbours(server: TenancyServer, id: string): Promise<void> {
  await inMaintenance(server, id, (session) => dropGrantsOfNeighbours(server, session, [id, ownerRole(id)], id));
}

/** A neighbour can name these roles in grants and policies of its own, which would keep the roles from being dropped. */
export async function dropGrantsOfNeighbours(
  server: TenancyServer,
  session: CatalogSession,
  names: readonly string[],
  own?: string,
): Promise<void> {
  const { rows } = await session.query<{ database: string }>(
    `SELECT DISTINCT d.datname AS database
       FROM pg_catalog.pg_shdepend s
       JOIN pg_catalog.pg_database d ON d.oid = s.dbid
       JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
      WHERE r.rolname = ANY($1) AND d.datname IS DISTINCT FROM $2`,
    [names, own ?? null],
  );
  for (const { database } of rows) {
    await insist(server, session, database, async (inside) => {
      await revokeColumns(inside, names);
      await inside.query(`DROP OWNED BY ${names.map(identifier)}`);
    });
  }
}

/** More columns of a table than somebody would grant one by one. */
const manyColumns = 20;

/**
 * `DROP OWNED` goes through all columns of a table for each that is granted: with some ten thousand of them it takes
 * minutes, and a neighbour can make hundreds of thousands. For these one statement a table goes first.
 */
async function revokeColumns(session: CatalogSession, names: readonly string[]): Promise<void> {
  const { rows } = await session.query<{ name: string }>(
    `SELECT s.objid::pg_catalog.regclass::pg_catalog.text AS name
       FROM pg_catalog.pg_shdepend s
       JOIN pg_catalog.pg_database d ON d.oid = s.dbid AND d.datname = pg_catalog.current_database()
       JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
       JOIN pg_catalog.pg_class c ON c.oid = s.objid AND s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      WHERE s.deptype = 'a' AND s.objsubid <> 0 AND r.rolname = ANY($1)
      GROUP BY s.objid HAVING pg_catalog.count(*) > $2`,
    [names, manyColumns],
  );
  for (const { name } of rows) {
    try {
      await session.query(`REVOKE ALL ON TABLE ${name} FROM ${names.map(identifier)} CASCADE`);
    } catch (error) {
      // undefined_table: dropped in the meantime.
      if (errorCode(error) !== "42P01") throw error;
    }
  }
}

/** Works in an app's database; a transaction there that holds on to what that needs is ended. */
export async function insist(
  server: TenancyServer,
  session: CatalogSession,
  database: string,
  work: (inside: CatalogSession) => Promise<unknown>,
): Promise<void> {
  await whileLocked(session, catalogOf(database), () =>
    withSession(server, database, async (inside) => {
      try {
        await work(inside);
      } catch (error) {
        if (!isBlocked(error)) throw error;
        await endTransactions(session, database);
        await work(inside);
      }
    }),
  );
}
