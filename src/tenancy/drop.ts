import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, LeashError } from "../errors";
import { type CatalogSession, readServerCatalog } from "./catalog";
import { ownerRole } from "./describe";
import { forgetApp } from "./ledger";
import { outlastLockFlood } from "./lock-flood";
import { databasesOf } from "./scratch-name";
import { inMaintenance, isBlocked, type TenancyServer, withSession } from "./session";
import { identifier } from "./sql";
import { terminateSessions } from "./terminate";

const attempts = 5;

/**
 * Ends an app's sessions and drops its database and roles, whatever of them is still there.
 * @throws LeashError `tenancy/in-use` when a session does not end, `tenancy/out-of-locks`
 */
export async function dropAppDatabase(server: TenancyServer, id: string): Promise<void> {
  await outlastLockFlood(() => dropHeld(server, id));
}

async function dropHeld(server: TenancyServer, id: string): Promise<void> {
  await inMaintenance(server, id, async (session) => {
    const catalog = await readServerCatalog(session, { roles: [id, ownerRole(id)], databases: [id] });
    const names = [id, ownerRole(id)].filter((name) => catalog.roles.some((role) => role.name === name));
    for (let attempt = 1; ; attempt++) {
      try {
        await dropOnce(server, session, id, names);
        await forgetApp(session, id);
        return;
      } catch (cause) {
        // 55006: object_in_use. The app may hold its own role in a transaction, and come back as fast as it is ended.
        if (!isBlocked(cause) && errorCode(cause) !== "55006") throw cause;
        if (attempt === attempts) throw inUse(id, cause);
        await sleep(200);
      }
    }
  });
}

async function dropOnce(
  server: TenancyServer,
  session: CatalogSession,
  id: string,
  names: readonly string[],
): Promise<void> {
  await endSessions(session, names);
  // From here on nobody logs in; who came in between is ended too.
  for (const name of names) await session.query(`ALTER ROLE ${identifier(name)} NOLOGIN`);
  await endSessions(session, names);
  const databases = await databasesOf(session, id);
  await endSessions(session, databases);
  for (const database of databases) {
    await session.query(`DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`);
  }
  await dropGrantsOfNeighbours(server, session, names);
  for (const name of names) await session.query(`DROP ROLE IF EXISTS ${identifier(name)}`);
}

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
  const roles = names.map(identifier).join(", ");
  for (const { database } of rows) await insist(server, session, database, `DROP OWNED BY ${roles}`);
}

/** Runs a statement in an app's database; a transaction there that holds on to what it needs is ended. */
export async function insist(
  server: TenancyServer,
  session: CatalogSession,
  database: string,
  statement: string,
): Promise<void> {
  await withSession(server, database, async (inside) => {
    try {
      await inside.query(statement);
    } catch (error) {
      if (!isBlocked(error)) throw error;
      await endTransactions(session, database);
      await inside.query(statement);
    }
  });
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

function inUse(id: string, cause: unknown): LeashError {
  return new LeashError("tenancy/in-use", `A session of ${id} does not end, so its database can't be dropped yet.`, {
    hint: "Stop the app and try again; `leash stop` and `leash start` end every session.",
    cause,
  });
}
