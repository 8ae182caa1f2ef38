import type { CatalogSession } from "../tenancy/catalog";

/** One process of the server that works for somebody. Ages are the server's word, in milliseconds. */
export interface Activity {
  pid: number;
  /** With the pid, its identity: pids come again. */
  backendStart: string;
  kind: "client" | "autovacuum";
  /** The login; null for an autovacuum worker. */
  user: string | null;
  database: string | null;
  state: string | null;
  /** The message that runs, or ran last. */
  queryStart: string | null;
  transactionStart: string | null;
  stateChange: string | null;
  backendMs: number;
  queryMs: number | null;
  transactionMs: number | null;
  stateMs: number | null;
}

const age = (column: string) =>
  `(extract(epoch from pg_catalog.clock_timestamp() - a.${column}) * 1000)::pg_catalog.float8`;

const activityQuery = `
SELECT a.pid, a.backend_start::pg_catalog.text AS "backendStart",
       CASE a.backend_type WHEN 'client backend' THEN 'client' ELSE 'autovacuum' END AS kind,
       a.usename AS "user", a.datname AS database, a.state,
       a.query_start::pg_catalog.text AS "queryStart", a.xact_start::pg_catalog.text AS "transactionStart",
       a.state_change::pg_catalog.text AS "stateChange",
       ${age("backend_start")} AS "backendMs", ${age("query_start")} AS "queryMs",
       ${age("xact_start")} AS "transactionMs", ${age("state_change")} AS "stateMs"
  FROM pg_catalog.pg_stat_activity a
 WHERE a.backend_type IN ('client backend', 'autovacuum worker') AND a.usename IS DISTINCT FROM current_user`;

/** Who is there and does what, the administrator aside. */
export async function readActivity(session: CatalogSession): Promise<Activity[]> {
  return (await session.query<Activity>(activityQuery)).rows;
}

/** What a process holds of the server's common goods. */
export interface Holding {
  pid: number;
  amount: number;
  advisory: number;
}

const locksQuery = `
SELECT pid, count(*)::int AS amount, count(*) FILTER (WHERE locktype = 'advisory')::int AS advisory
  FROM pg_catalog.pg_lock_status() WHERE pid IS NOT NULL GROUP BY pid`;

/** Locks, all of them and the advisory ones, of each process that holds some. */
export async function readLocks(session: CatalogSession): Promise<Holding[]> {
  return (await session.query<Holding>(locksQuery)).rows;
}

/**
 * Ends whoever holds more locks than one session may, the administrator's aside. It asks functions alone: where no lock is
 * left on the server, this needs none.
 * @returns what they held, and the oid of the database that they were in
 */
export async function terminateMassHolders(
  session: CatalogSession,
  { locks, advisoryLocks }: { locks: number; advisoryLocks: number },
): Promise<(Holding & { database: string })[]> {
  const { rows } = await session.query<Holding & { database: string }>(
    `SELECT l.pid, l.amount, l.advisory, a.datid::text AS database, pg_catalog.pg_terminate_backend(l.pid)
       FROM (${locksQuery}) l, pg_catalog.pg_stat_get_activity(NULL) a
      WHERE a.pid = l.pid AND (l.amount > $1 OR l.advisory > $2)
        AND a.usesysid IS DISTINCT FROM (SELECT g.usesysid FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) g)`,
    [locks, advisoryLocks],
  );
  return rows;
}

/** Bytes in temporary files of each process, which count in no database's size; what parallel workers share is in folders. */
export async function readTemporaryFiles(session: CatalogSession): Promise<Omit<Holding, "advisory">[]> {
  const { rows } = await session.query<{ pid: number; amount: number }>(
    `SELECT pg_catalog.substring(name, '^pgsql_tmp([0-9]+)')::int AS pid, sum(size)::pg_catalog.float8 AS amount
       FROM (SELECT name, size FROM pg_catalog.pg_ls_tmpdir()
             UNION ALL
             SELECT folder, (pg_catalog.pg_stat_file('base/pgsql_tmp/' || folder || '/' || file, true)).size
               FROM pg_catalog.pg_ls_dir('base/pgsql_tmp', true, false) folder,
                    LATERAL pg_catalog.pg_ls_dir('base/pgsql_tmp/' || folder, true, false) file
              WHERE folder LIKE '%fileset') f
      WHERE name ~ '^pgsql_tmp[0-9]+' GROUP BY 1`,
  );
  return rows;
}

/** How full the queue of notifications is that all databases share, from 0 to 1. */
export async function readNotificationQueue(session: CatalogSession): Promise<number> {
  const { rows } = await session.query<{ usage: number }>("SELECT pg_catalog.pg_notification_queue_usage() AS usage");
  return rows[0]!.usage;
}

/** Interrupts what a session does, if it is still the same message. */
export async function cancelMessage(
  session: CatalogSession,
  { pid, backendStart, queryStart }: Activity,
): Promise<void> {
  await session.query(
    `SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity
      WHERE pid = $1 AND backend_start = $2::timestamptz AND query_start IS NOT DISTINCT FROM $3::timestamptz`,
    [pid, backendStart, queryStart],
  );
}

/** Ends a session, if it is still the same one. */
export async function terminateSession(
  session: CatalogSession,
  { pid, backendStart }: Pick<Activity, "pid" | "backendStart">,
): Promise<void> {
  await session.query(
    `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
      WHERE pid = $1 AND backend_start = $2::timestamptz`,
    [pid, backendStart],
  );
}

/** Ends autovacuum in a database: it runs functions of the app's, which may write. The server begins it anew. */
export async function terminateAutovacuumOf(session: CatalogSession, database: string): Promise<void> {
  await session.query(
    `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
      WHERE datname = $1 AND backend_type = 'autovacuum worker'`,
    [database],
  );
}

/**
 * Ends sessions of logins, all of them or those that began before a time of the server's.
 * @returns how many there were
 */
export async function terminateSessionsOf(
  session: CatalogSession,
  logins: readonly string[],
  before?: string,
): Promise<number> {
  const { rows } = await session.query(
    `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
      WHERE usename = ANY($1) AND ($2::timestamptz IS NULL OR backend_start < $2::timestamptz)`,
    [logins, before ?? null],
  );
  return rows.length;
}
