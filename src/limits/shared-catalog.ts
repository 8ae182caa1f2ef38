import type { CatalogSession } from "../tenancy/catalog";
import { identifier } from "../tenancy/sql";
import { terminateSessionsOf } from "./activity";

/** What a role's settings may take, in bytes; a search path and a time zone take less than a hundredth. */
const longestSettings = 10 * 1024;
/** What may be added to the catalog of roles before it is cleared of what is dead in it; bytes. */
const growthBytes = 16 * 1024 ** 2;

interface LongSettings {
  role: string;
  /** Null: in every database. */
  database: string | null;
}

/**
 * An app writes its role's settings and password into catalogs that all databases share: their size is in no database's,
 * and whoever reads one app's settings waits for all of them.
 */
export class SharedCatalog {
  #bytes: number | undefined;

  /**
   * Drops settings that are too long, and clears the catalog where it has grown.
   * @param apps those that have changed something of their roles
   * @returns the apps that lost their settings
   */
  async hold(session: CatalogSession, apps: readonly string[]): Promise<string[]> {
    const found = await findLongSettings(session, apps);
    const long = [...new Set(found.map(({ role }) => role))];
    if (long.length > 0) await terminateSessionsOf(session, long);
    for (const { role, database } of found) {
      const where = database === null ? "" : ` IN DATABASE ${identifier(database)}`;
      await session.query(`ALTER ROLE ${identifier(role)}${where} RESET ALL`);
    }
    const bytes = await readSize(session);
    this.#bytes ??= 0;
    if (bytes <= this.#bytes + growthBytes) return long;
    // A transaction of theirs keeps what is dead from being cleared.
    await terminateSessionsOf(session, apps);
    await session.query("VACUUM pg_catalog.pg_db_role_setting, pg_catalog.pg_authid");
    this.#bytes = await readSize(session);
    return long;
  }
}

async function findLongSettings(session: CatalogSession, apps: readonly string[]): Promise<LongSettings[]> {
  const { rows } = await session.query<LongSettings>(
    `SELECT r.rolname AS role, d.datname AS database
       FROM pg_catalog.pg_db_role_setting s
       JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
       LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
      WHERE r.rolname = ANY($1) AND pg_catalog.pg_column_size(s.setconfig) > $2`,
    [apps, longestSettings],
  );
  return rows;
}

async function readSize(session: CatalogSession): Promise<number> {
  const { rows } = await session.query<{ bytes: string }>(
    `SELECT pg_catalog.pg_total_relation_size('pg_catalog.pg_db_role_setting')
          + pg_catalog.pg_total_relation_size('pg_catalog.pg_authid') AS bytes`,
  );
  return Number(rows[0]!.bytes);
}
