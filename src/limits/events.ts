import type { CatalogSession } from "../tenancy/catalog";
import { ledgerSchema } from "../tenancy/ledger";

type Detail = Record<string, string | number>;

/** Something that the guard did or saw. */
export interface GuardEvent {
  kind: EventKind;
  /** The app's id; null for what is the server's. */
  app: string | null;
  detail: Detail;
}

export interface RecordedEvent extends GuardEvent {
  /** ISO 8601. */
  at: string;
}

interface EventRow {
  level: "info" | "warn" | "error";
  /** For people, about an app of theirs. */
  says: (detail: Detail) => string;
  /** What they can do about it. */
  mend?: string;
}

const seconds = (ms: string | number | undefined) => `${(Number(ms) / 1000).toFixed(1)} s`;
const megabytes = (bytes: string | number | undefined) => `${Math.round(Number(bytes) / 1024 ** 2)} MB`;
const share = ({ bytes, limitBytes }: Detail) => `${megabytes(bytes)} of ${megabytes(limitBytes)}`;

const slowQueries = "Optimize the query, add indexes, paginate; for schema changes there is `leash run --migration`.";
const makeRoom = "Delete rows, or take a larger plan: `leash db plan`.";

/** Everything that the guard tells. */
export const eventKinds = {
  "statement-cancelled": {
    level: "warn",
    says: (d) => `A statement was cancelled after ${seconds(d.ageMs)}; ${seconds(d.limitMs)} are allowed.`,
    mend: slowQueries,
  },
  "session-ended": {
    level: "warn",
    says: (d) => `A session was ended after ${seconds(d.ageMs)} (${d.reason}); ${seconds(d.limitMs)} are allowed.`,
    mend: `Keep transactions short and commit them. ${slowQueries}`,
  },
  "locks-ended": {
    level: "warn",
    says: (d) => `A session was ended that held ${d.locks} locks.`,
    mend: "Release advisory locks, or take them on fewer things at once.",
  },
  "shut-out": {
    level: "error",
    says: (d) => `The app may not log in for ${seconds(d.forMs)}: it has taken the server's locks again and again.`,
    mend: "Release advisory locks, or take them on fewer things at once. Then it may log in again by itself.",
  },
  "temporary-ended": {
    level: "warn",
    says: (d) => `A session was ended that held ${megabytes(d.bytes)} in temporary files.`,
    mend: "Close cursors that are held open, and sort and join less at once.",
  },
  "notifications-ended": {
    level: "warn",
    says: (d) => `A session was ended after ${seconds(d.ageMs)}: the server's queue of notifications was filling up.`,
    mend: "Keep transactions of sessions that LISTEN short, and read what is notified.",
  },
  "logins-ended": {
    level: "warn",
    says: (d) => `${d.connections} connections were ended that did not log in: most of the server's slots were taken.`,
  },
  unstoppable: {
    level: "error",
    says: (d) => `Process ${d.pid} does not end, ${seconds(d.ageMs)} after it began.`,
    mend: "It works on something that PostgreSQL can't interrupt. It ends by itself, or with the server.",
  },
  "autovacuum-ended": {
    level: "warn",
    says: (d) => `An autovacuum worker was ended after ${seconds(d.ageMs)}: every other one was taken.`,
    mend: "A function in an index or a constraint takes very long.",
  },
  "storage-warning": { level: "warn", says: (d) => `${share(d)} are used.`, mend: makeRoom },
  restricted: {
    level: "error",
    says: (d) => `The plan's storage is used up (${share(d)}): the app may read, DELETE and TRUNCATE, nothing else.`,
    mend: `${makeRoom} Below 80 % everything works again by itself.`,
  },
  suspended: {
    level: "error",
    says: (d) => `The database grew even while it was restricted (${share(d)}): the app may not log in any more.`,
    mend: "Make room with `leash db shell --cleanup`, or take a larger plan: `leash db plan`.",
  },
  restored: { level: "info", says: (d) => `There is room again (${share(d)}): the restriction was lifted.` },
  reclaimed: { level: "info", says: (d) => `The space of deleted rows was given back: ${megabytes(d.freedBytes)}.` },
  "cleanup-ended": {
    level: "warn",
    says: () => "A cleanup session was ended: the database grew.",
    mend: "Delete rows, drop tables, TRUNCATE; nothing else.",
  },
  mended: { level: "warn", says: (d) => `What had been changed was put right: ${d.differences}.` },
  "one-off-removed": {
    level: "info",
    says: (d) => `A login that a killed process left behind was removed: ${d.login}.`,
  },
  failed: { level: "error", says: (d) => `The guard could not ${d.work}: ${d.error}` },
} as const satisfies Record<string, EventRow>;

export type EventKind = keyof typeof eventKinds;

/** An event in words, and what can be done about it. */
export function describeEvent({ kind, detail }: GuardEvent): { says: string; mend?: string | undefined } {
  const row: EventRow = eventKinds[kind];
  return { says: row.says(detail), mend: row.mend };
}

/** Events that are kept of each app, at most. */
const kept = 100;

/** Writes events into the server's ledger, and drops the oldest. */
export async function recordEvents(session: CatalogSession, events: readonly GuardEvent[]): Promise<void> {
  if (events.length === 0) return;
  await session.query(
    `INSERT INTO ${ledgerSchema}.event (app, kind, detail)
     SELECT e ->> 'app', e ->> 'kind', e -> 'detail' FROM pg_catalog.jsonb_array_elements($1::jsonb) e`,
    [JSON.stringify(events)],
  );
  await session.query(
    `DELETE FROM ${ledgerSchema}.event e USING (
       SELECT id, pg_catalog.row_number() OVER (PARTITION BY app ORDER BY id DESC) AS place
         FROM ${ledgerSchema}.event WHERE app = ANY ($1::text[])) old
      WHERE old.id = e.id AND old.place > $2`,
    [[...new Set(events.map(({ app }) => app))], kept],
  );
}

/** The latest events of an app, newest first; none where a server has no ledger yet. */
export async function readEvents(session: CatalogSession, app: string, limit: number): Promise<RecordedEvent[]> {
  const { rows } = await session.query<{ there: boolean }>("SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there", [
    `${ledgerSchema}.event`,
  ]);
  if (!rows[0]!.there) return [];
  const found = await session.query<RecordedEvent>(
    `SELECT app, kind, detail, pg_catalog.to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at
       FROM ${ledgerSchema}.event WHERE app = $1 ORDER BY id DESC LIMIT $2`,
    [app, limit],
  );
  // A newer version may have left kinds that this one doesn't know.
  return found.rows.filter(({ kind }) => Object.hasOwn(eventKinds, kind));
}
