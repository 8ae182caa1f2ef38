import { errorCode, LeashError } from "../errors";
import type { CatalogSession } from "./catalog";
import { literal } from "./sql";

export interface TenancySession extends CatalogSession {
  end(): Promise<void>;
  /** Whether it keeps the process, as a socket does. */
  ref?(): void;
  unref?(): void;
}

/** A server as its administrator reaches it. Sessions start with `search_path = ''`. */
export interface TenancyServer {
  openSession(database: string): Promise<TenancySession>;
}

/** A database that no tenant can connect to, so that no tenant can take the locks. */
export const maintenanceDatabase = "postgres";

/** Whether a statement waited in vain, or came second, for something that another transaction has changed. */
export function isBlocked(error: unknown): boolean {
  const code = errorCode(error);
  // lock_not_available, deadlock_detected
  return code === "55P03" || code === "40P01" || (code === "XX000" && /tuple concurrently/.test(String(error)));
}

/** One at a time per subject on this server, however many processes try. */
export async function inMaintenance<Result>(
  server: TenancyServer,
  subject: string,
  work: (session: CatalogSession) => Promise<Result>,
): Promise<Result> {
  return withSession(server, maintenanceDatabase, async (session) => {
    await lock(session, subject);
    return work(session);
  });
}

/**
 * What changes many rows of a database's own catalog, and what rewrites those tables (`VACUUM FULL`), come one after the
 * other: together they deadlock again and again.
 */
export const catalogOf = (database: string) => `catalog:${database}`;

/** As `inMaintenance`, on a session of the maintenance database that is there already. */
export async function whileLocked<Result>(
  session: CatalogSession,
  subject: string,
  work: () => Promise<Result>,
): Promise<Result> {
  await lock(session, subject);
  try {
    return await work();
  } finally {
    // Where that fails, the session is gone, and the lock with it.
    await session.query(`SELECT pg_catalog.pg_advisory_unlock(${lockKey(subject)})`).catch(() => {});
  }
}

const lockKey = (subject: string) => `pg_catalog.hashtextextended(${literal(`leash:${subject}`)}, 0)`;

async function lock(session: CatalogSession, subject: string): Promise<void> {
  try {
    await session.query(
      `SET lock_timeout = '60s';
       SELECT pg_catalog.pg_advisory_lock(${lockKey(subject)});
       SET lock_timeout = '5s'`,
    );
  } catch (cause) {
    if (!isBlocked(cause)) throw cause;
    throw new LeashError("tenancy/busy", `Something else has been working on ${subject} for a minute.`, {
      hint: "Wait until it ends, then try again.",
      cause,
    });
  }
}

/**
 * A session of the administrator's that waits for nobody, since a tenant may hold locks on what is its own for ever, and that
 * may write where a suspended app may not.
 */
export async function withSession<Result>(
  server: TenancyServer,
  database: string,
  work: (session: CatalogSession) => Promise<Result>,
): Promise<Result> {
  const session = await server.openSession(database);
  try {
    await session.query("SET lock_timeout = '5s'; SET default_transaction_read_only = off");
    return await work(session);
  } finally {
    await session.end();
  }
}

const idleMs = 5_000;

export interface ReusedSessions extends TenancyServer {
  /** Ends the idle sessions; none is kept from here on. */
  close(): Promise<void>;
}

/**
 * The same server for work that opens many sessions of the maintenance database one after the other: each is handed on
 * when it is ended, as clean as a new one, and closed after a few idle seconds. An idle one keeps no process.
 */
export function reuseSessions(server: TenancyServer): ReusedSessions {
  const idle: { session: TenancySession; timer: NodeJS.Timeout }[] = [];
  let closed = false;
  const keep = async (session: TenancySession) => {
    if (closed) return session.end();
    const entry = {
      session,
      timer: setTimeout(() => {
        idle.splice(idle.indexOf(entry), 1);
        session.end().catch(() => {});
      }, idleMs).unref(),
    };
    session.unref?.();
    idle.push(entry);
  };
  const lend = (session: TenancySession): TenancySession => ({
    query: (text, values) => session.query(text, values),
    async end() {
      try {
        // Locks that are the session's go too.
        await session.query("DISCARD ALL");
        await keep(session);
      } catch {
        await session.end().catch(() => {});
      }
    },
  });
  return {
    async openSession(database) {
      if (database !== maintenanceDatabase) return server.openSession(database);
      for (let entry = idle.pop(); entry; entry = idle.pop()) {
        clearTimeout(entry.timer);
        entry.session.ref?.();
        try {
          await entry.session.query("SELECT");
          return lend(entry.session);
        } catch {
          // The server was restarted in the meantime.
          await entry.session.end().catch(() => {});
        }
      }
      return lend(await server.openSession(database));
    },
    async close() {
      closed = true;
      await Promise.all(
        idle.splice(0).map(({ session, timer }) => {
          clearTimeout(timer);
          return session.end().catch(() => {});
        }),
      );
    },
  };
}
