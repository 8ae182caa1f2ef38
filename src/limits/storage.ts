import type { CatalogSession } from "../tenancy/catalog";
import type { Standing } from "../tenancy/describe";
import type { GuardLimits } from "./limits";
import type { Tenant } from "./tenants";

/** What an empty database takes on this server, which does not count against a plan; bytes. */
export async function readEmptySize(session: CatalogSession): Promise<number> {
  const { rows } = await session.query<{ bytes: string }>("SELECT pg_catalog.pg_database_size('template0') AS bytes");
  return Number(rows[0]!.bytes);
}

/** The sizes of databases, in bytes; one that is gone is left out. */
export async function readSizes(session: CatalogSession, names: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await session.query<{ name: string; bytes: string | null }>(
    `SELECT d.datname AS name, pg_catalog.pg_database_size(d.oid) AS bytes
       FROM pg_catalog.pg_database d WHERE d.datname = ANY($1)`,
    [names],
  );
  return new Map(rows.flatMap(({ name, bytes }) => (bytes === null ? [] : [[name, Number(bytes)] as const])));
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

interface Watched {
  /** When its size is to be looked at next, at the latest. */
  due: number;
  size: number;
  headroom: number;
  /** Looks in a row that found it no larger. */
  quiet: number;
  /** The plan and the standing that it was last judged by. */
  rules: string;
}

const unmeasured = { size: 0, headroom: 0, quiet: 0 };

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

  /** Whose turn it is, the fullest first. */
  due(now: number): string[] {
    const due = [...this.#watched].filter(([, watched]) => watched.due <= now);
    return due.sort(([, a], [, b]) => a.headroom - b.headroom).map(([id]) => id);
  }

  /** Milliseconds until the next turn. */
  untilNext(now: number): number {
    let soonest = Number.POSITIVE_INFINITY;
    for (const { due } of this.#watched.values()) soonest = Math.min(soonest, due - now);
    return soonest;
  }

  #pause({ headroom, quiet }: Watched): number {
    const { sizeMs, idleMs, writeBytesPerSecond } = this.#guard;
    const half = ((headroom / writeBytesPerSecond) * 1000) / 2;
    return Math.min(Math.max(half, sizeMs * 2 ** Math.min(quiet, 10)), idleMs);
  }
}

/** Smaller than what tells a writer from a chat. */
const growthBytes = 64 * 1024;
