import type { CatalogSession } from "../tenancy/catalog";

/** A connection that an app holds. */
export interface AppSession {
  /** `active`, `idle`, `idle in transaction`. */
  state: string;
  /** Seconds in this state. */
  seconds: number;
  /** As the app named itself. */
  application: string;
}

/** The connections of an app, the oldest state first. */
export async function readAppSessions(session: CatalogSession, app: string): Promise<AppSession[]> {
  const { rows } = await session.query<AppSession>(
    `SELECT coalesce(state, 'starting') AS state, coalesce(application_name, '') AS application,
            greatest(0, extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(state_change, backend_start)))::int
              AS seconds
       FROM pg_catalog.pg_stat_activity WHERE usename = $1 ORDER BY 3 DESC`,
    [app],
  );
  return rows;
}
