import type { CatalogSession } from "../tenancy/catalog";
import type { Standing } from "../tenancy/describe";
import { type GuardLimits, guardTimeoutMs } from "./limits";
import type { Tenant } from "./tenants";

/** What an empty database takes on this server, which does not count against a plan; bytes. */
export async function readEmptySize(session: CatalogSession): Promise<number> {
  const { rows } = await session.query<{ bytes: string }>("SELECT pg_catalog.pg_database_size('template0') AS bytes");
  return Number(rows[0]!.bytes);
}

/** What an app's grant to a role takes in a catalog that all databases share, with its indexes; bytes. */
const sharedRowBytes = 100;

export interface Size {
  /** With the rows that the database has in the catalog of owners and grants, which is in no database's size. */
  bytes: number;
  /** What it took to look. */
  ms: number;
}

/**
 * The sizes of databases; one that is gone is left out.
 * @param timeoutMs in place of the guard's own
 */
export async function lookAtSizes(
  session: CatalogSession,
  names: readonly string[],
  timeoutMs?: number,
): Promise<Map<string, Size>> {
  if (timeoutMs !== undefined) {
    await session.query(`SET statement_timeout = ${timeoutMs}`);
    return lookAtSizes(session, names).finally(() => session.query(`SET statement_timeout = ${guardTimeoutMs}`));
  }
  const { rows } = await session.query<{ name: string; bytes: string | null; shared: string; ms: number }>(
    `SELECT s.name, s.bytes, s.shared,
            (extract(epoch from pg_catalog.clock_timestamp() - s.began) * 1000)::pg_catalog.float8 AS ms
       FROM (SELECT pg_catalog.clock_timestamp() AS began, d.datname AS name, pg_catalog.pg_database_size(d.oid) AS bytes,
                    (SELECT count(*) FROM pg_catalog.pg_shdepend g WHERE g.dbid = d.oid) AS shared
               FROM pg_catalog.pg_database d WHERE d.datname = ANY($1) OFFSET 0) s`,
    [names],
  );
  return new Map(
    rows.flatMap(({ name, bytes, shared, ms }) =>
      bytes === null ? [] : [[name, { bytes: Number(bytes) + Number(shared) * sharedRowBytes, ms }] as const],
    ),
  );
}

/** The sizes of databases, in bytes; one that is gone is left out. */
export async function readSizes(session: CatalogSession, names: readonly string[]): Promise<Map<string, number>> {
  return new Map([...(await lookAtSizes(session, names))].map(([name, { bytes }]) => [name, bytes]));
}

/** What an app's size calls for; `floor` is the least that a restricted app was down to, in bytes. */
export function judgeStorage(
  { used, limit, standing, floor }: { used: number; limit: number; standing: Standing; floor: number },
  guard: GuardLimits,
): Standing {
  if (standing === "open") return used > limit ? "restricted" : "open";
  if (used < limit * guard.restoreBelow) return "open";
  if (standing === "restricted" && used > floor + guard.ratchetBytes) return "suspended";
  return standing;
}

/** The highest share of the plan that was passed and is to be warned of; undefined below all of them. */
export function warningOf(used: number, limit: number, guard: GuardLimits): number | undefined {
  return guard.warnAt.findLast((share) => used >= limit * share);
}

/** Those that take long have turns of their own: the others don't wait for an app that makes tables by the ten thousand. */
export type Lane = "quick" | "slow";

interface Watched {
  /** When its size is to be looked at next, at the latest. */
  due: number;
  size: number;
  headroom: number;
  /** Looks in a row that found it no larger. */
  quiet: number;
  /** Whether the last look took long: it has very many files. */
  slow: boolean;
  /** The plan and the standing that it was last judged by. */
  rules: string;
}

const unmeasured = { size: 0, headroom: 0, quiet: 0, slow: false };

/**
 * Whose size to look at when. Where something runs: while it grows, as soon as half of the room that is left can have
 * been written; while it doesn't, ever less often. Where nothing runs: in turn.
 */
export class SizeSchedule {
  #watched = new Map<string, Watched>();
  #guard: GuardLimits;

  constructor(guard: GuardLimits) {
    this.#guard = guard;
  }

  /** Notes which apps there are and where something runs. `now` is monotonic, in milliseconds. */
  note(apps: ReadonlyMap<string, Pick<Tenant, "plan" | "standing">>, active: ReadonlySet<string>, now: number): void {
    for (const id of this.#watched.keys()) if (!apps.has(id)) this.#watched.delete(id);
    for (const [id, { plan, standing }] of apps) {
      const rules = `${plan} ${standing}`;
      const watched = this.#watched.get(id);
      // At the guard's start all of them are new: spread over time.
      const due = watched ? now : now + Math.random() * this.#guard.sweepMs;
      if (watched?.rules !== rules) this.#watched.set(id, { ...(watched ?? unmeasured), due, rules });
    }
    for (const id of active) {
      const watched = this.#watched.get(id);
      if (watched) watched.due = Math.min(watched.due, now + this.#pause(watched));
    }
  }

  /** Asks for a look at once. */
  hurry(id: string, now: number): void {
    const watched = this.#watched.get(id);
    if (watched) watched.due = Math.min(watched.due, now);
  }

  /** Notes a size that was read, and what the plan leaves of it; bytes. */
  measured(id: string, size: number, headroom: number, now: number): void {
    const watched = this.#watched.get(id);
    if (!watched) return;
    const grew = size > watched.size + growthBytes;
    Object.assign(watched, { size, headroom, quiet: grew ? 0 : watched.quiet + 1, due: now + this.#guard.sizeSweepMs });
  }

  /** Notes what a look took. */
  took(id: string, ms: number): void {
    const watched = this.#watched.get(id);
    if (watched) watched.slow = ms > slowMs;
  }

  /** Notes a look that was given up: the next one is at this one alone, and not at once where that was so already. */
  gaveUp(id: string, now: number): void {
    const watched = this.#watched.get(id);
    if (!watched) return;
    watched.due = watched.slow ? now + giveUpMs : now;
    watched.slow = true;
  }

  /** Whose turn it is, the fullest first: of those that are quick to look at, or of the slow ones. */
  due(now: number, lane: Lane): string[] {
    const due = [...this.#watched].filter(([, watched]) => watched.due <= now && watched.slow === (lane === "slow"));
    return due.sort(([, a], [, b]) => a.headroom - b.headroom).map(([id]) => id);
  }

  /** Milliseconds until the next turn. */
  untilNext(now: number, lane: Lane): number {
    let soonest = Number.POSITIVE_INFINITY;
    for (const { due, slow } of this.#watched.values())
      if (slow === (lane === "slow")) soonest = Math.min(soonest, due - now);
    return soonest;
  }

  #pause({ headroom, quiet }: Watched): number {
    const { sizeMs, idleMs, writeBytesPerSecond } = this.#guard;
    const half = ((headroom / writeBytesPerSecond) * 1000) / 2;
    return Math.min(Math.max(half, sizeMs * 2 ** Math.min(quiet, 10)), idleMs);
  }
}

/** Some thousand files. */
const slowMs = 50;
const giveUpMs = 60_000;

/** Smaller than what tells a writer from a chat. */
const growthBytes = 64 * 1024;
