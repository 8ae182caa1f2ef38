import type { CatalogSession } from "../tenancy/catalog";
import { ensureLedgerTable, ledgerSchema } from "../tenancy/ledger";

/** The most that an app used within an hour. */
export interface HourOfUse {
  /** The hour's beginning; ISO 8601. */
  at: string;
  /** Bytes; what an empty database takes is not counted. */
  bytes: number;
  connections: number;
}

const table = `${ledgerSchema}.usage`;
const writeMs = 30_000;
const keptDays = 7;

interface Seen {
  bytes: number | null;
  connections: number | null;
}

/** Gathers what the guard sees of the apps, and writes it down now and then: one row for an app and an hour. */
export class UsageHistory {
  #seen = new Map<string, Seen>();
  #writeAt = 0;
  #pruneAt = 0;
  #isThere = false;

  noteSize(app: string, bytes: number): void {
    this.#note(app, { bytes, connections: null });
  }

  noteSessions(sessions: ReadonlyMap<string, number>): void {
    for (const [app, connections] of sessions) this.#note(app, { bytes: null, connections });
  }

  #note(app: string, { bytes, connections }: Seen): void {
    const before = this.#seen.get(app);
    this.#seen.set(app, {
      bytes: most(before?.bytes ?? null, bytes),
      connections: most(before?.connections ?? null, connections),
    });
  }

  /** @param now monotonic, in milliseconds */
  async write(session: CatalogSession, now: number): Promise<void> {
    if (now < this.#writeAt || this.#seen.size === 0) return;
    this.#writeAt = now + writeMs;
    const rows = [...this.#seen].map(([app, seen]) => ({ app, ...seen }));
    this.#seen.clear();
    if (!this.#isThere) await ensureLedgerTable(session, "usage");
    this.#isThere = true;
    await session.query(
      `INSERT INTO ${table} AS u (app, hour, bytes, connections)
       SELECT e.app, pg_catalog.date_trunc('hour', pg_catalog.now()), e.bytes, e.connections
         FROM pg_catalog.jsonb_to_recordset($1::jsonb) AS e (app text, bytes bigint, connections int)
       ON CONFLICT (app, hour) DO UPDATE SET bytes = greatest(u.bytes, excluded.bytes),
         connections = greatest(u.connections, excluded.connections)`,
      [JSON.stringify(rows)],
    );
    if (now < this.#pruneAt) return;
    this.#pruneAt = now + 3_600_000;
    await session.query(`DELETE FROM ${table} WHERE hour < pg_catalog.now() - $1::interval`, [`${keptDays} days`]);
  }
}

const most = (one: number | null, other: number | null) =>
  one === null || other === null ? (one ?? other) : Math.max(one, other);

/** What is known of an app, oldest first. An hour in which its size was not looked at has the one before. */
export async function readHistory(session: CatalogSession, app: string): Promise<HourOfUse[]> {
  const { rows: there } = await session.query<{ there: boolean }>(
    "SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there",
    [table],
  );
  if (!there[0]!.there) return [];
  const { rows } = await session.query<{ at: string; bytes: string | null; connections: number | null }>(
    `SELECT pg_catalog.to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at, bytes, connections
       FROM ${table} WHERE app = $1 ORDER BY hour`,
    [app],
  );
  let bytes = 0;
  return rows.map((row) => {
    bytes = row.bytes === null ? bytes : Number(row.bytes);
    return { at: row.at, bytes, connections: row.connections ?? 0 };
  });
}
