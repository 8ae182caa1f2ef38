import { errorCode, LeashError } from "../errors";
import type { CatalogSession } from "./catalog";
import { identifier } from "./sql";

/** Longer than the guard lets a statement run, or a session not read what it is sent. */
const dropPatienceMs = 45_000;

/**
 * Drops a database, if it is there, with its sessions. For that every process of the server has to answer, and one that
 * PostgreSQL can't interrupt does not: then it is left marked as invalid, and can be dropped later.
 * @throws LeashError `tenancy/held-up` when one has not answered in time
 */
export async function dropDatabase(
  session: CatalogSession,
  database: string,
  patienceMs = dropPatienceMs,
): Promise<void> {
  await session.query(`SET statement_timeout = ${patienceMs}`);
  try {
    await session.query(`DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`);
  } catch (cause) {
    // query_canceled
    if (errorCode(cause) !== "57014") throw cause;
    throw await heldUp(session, database, cause);
  } finally {
    // Where that fails, the session is gone, and its setting with it.
    await session.query("RESET statement_timeout").catch(() => {});
  }
}

async function heldUp(session: CatalogSession, database: string, cause: unknown): Promise<LeashError> {
  const { rows } = await session.query<{ who: string }>(
    `SELECT usename AS who FROM pg_catalog.pg_stat_activity
      WHERE state = 'active' AND wait_event IS NULL AND pid <> pg_catalog.pg_backend_pid() AND usename IS NOT NULL
      ORDER BY query_start LIMIT 1`,
  );
  const who = rows[0] ? `a statement of ${rows[0].who}` : "another session";
  return new LeashError("tenancy/held-up", `${database} can't be dropped: ${who} can't be interrupted.`, {
    hint: "Nobody can log in there any more. Run the same command again once that has ended; a restart of the server ends it.",
    cause,
  });
}
