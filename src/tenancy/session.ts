import { errorCode, LeashError } from "../errors";
import type { CatalogSession } from "./catalog";

export interface TenancySession extends CatalogSession {
  end(): Promise<void>;
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
  return code === "55P03" || (code === "XX000" && /tuple concurrently/.test(String(error)));
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

async function lock(session: CatalogSession, subject: string): Promise<void> {
  try {
    await session.query("SET lock_timeout = '60s'");
    await session.query("SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended($1, 0))", [`leash:${subject}`]);
    await session.query("SET lock_timeout = '5s'");
  } catch (cause) {
    if (!isBlocked(cause)) throw cause;
    throw new LeashError("tenancy/busy", `Something else has been working on ${subject} for a minute.`, {
      hint: "Wait until it ends, then try again.",
      cause,
    });
  }
}

/** A session of the administrator's that waits for nobody: a tenant may hold locks on what is its own for ever. */
export async function withSession<Result>(
  server: TenancyServer,
  database: string,
  work: (session: CatalogSession) => Promise<Result>,
): Promise<Result> {
  const session = await server.openSession(database);
  try {
    await session.query("SET lock_timeout = '5s'");
    return await work(session);
  } finally {
    await session.end();
  }
}
