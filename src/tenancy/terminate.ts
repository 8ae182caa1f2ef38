import type { CatalogSession } from "./catalog";

/**
 * Ends sessions and waits until they are gone, five seconds each at most. All are told before any is waited for: what one
 * of them held up would go on meanwhile.
 * @param which a condition on `pg_stat_activity`, with $1 for `value`
 */
export async function terminateSessions(
  session: CatalogSession,
  which: string,
  value: string | readonly string[],
): Promise<void> {
  for (const waitMs of [0, 5000]) {
    await session.query(
      `SELECT pg_catalog.pg_terminate_backend(pid, $2) FROM pg_catalog.pg_stat_activity WHERE ${which}`,
      [value, waitMs],
    );
  }
}

/** Ends the sessions of a database that are in a transaction, and may hold what is to be changed. */
export async function endTransactions(session: CatalogSession, database: string): Promise<void> {
  await terminateSessions(
    session,
    "datname = $1 AND xact_start IS NOT NULL AND backend_type = 'client backend' AND usename <> current_user",
    database,
  );
}

/** Their own sessions, and a neighbour's that names them, or a database of theirs, in an open transaction: that would keep them from being dropped. */
export async function endSessions(session: CatalogSession, names: readonly string[]): Promise<void> {
  await session.query(
    `SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a
      WHERE a.usename = ANY($1) OR a.pid <> pg_catalog.pg_backend_pid() AND a.pid IN (
        SELECT l.pid FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_roles r ON r.oid = l.objid
         WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_authid'::pg_catalog.regclass
           AND l.granted AND r.rolname = ANY($1)
        UNION ALL
        SELECT l.pid FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d ON d.oid = l.objid
         WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_database'::pg_catalog.regclass
           AND l.granted AND d.datname = ANY($1))`,
    [names],
  );
}
