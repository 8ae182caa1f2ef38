import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, errorMessage } from "../errors";
import type { CatalogSession } from "../tenancy/catalog";
import { maintenanceDatabase, type TenancyServer } from "../tenancy/session";
import { readActivity } from "./activity";
import { type GuardEvent, recordEvents } from "./events";
import { UsageHistory } from "./history";
import { makeLocksFree } from "./hoarders";
import { type GuardLimits, guardLimits, guardTimeoutMs } from "./limits";
import type { OpenAs } from "./reclaim";
import { RoleWatch } from "./role-watch";
import { SessionWatch } from "./session-watch";
import { limitsOf } from "./sessions";
import { ShutOuts } from "./shut-out";
import { StorageWatch } from "./storage-watch";
import { readTenants, type Tenant } from "./tenants";
import type { Look, Watch } from "./watch";

/** Hears what the guard does and sees. */
export interface GuardListener {
  onEvent?(event: GuardEvent): void;
  /** After each look: how long it took in milliseconds, and the sessions of each app that has some. */
  onLook?(tookMs: number, tenants: ReadonlyMap<string, Tenant>, sessions: ReadonlyMap<string, number>): void;
  onSize?(tenant: Tenant, usedBytes: number): void;
}

export interface GuardOptions extends GuardListener {
  server: TenancyServer;
  /** Opens a session of a one-off login in its app's database. */
  openAs: OpenAs;
  limits?: Partial<GuardLimits>;
}

const leastPauseMs = 20;
const outOfSharedMemory = "53200";
const reconnectMs = 1_000;
const tellAgainMs = 600_000;
/** Left behind logins are looked for in every twelfth sweep. */
const sweepsToLeftovers = 12;

/**
 * Holds every app of a server to its plan, whatever its sessions set for themselves. What it has to know is in the
 * server's catalog and ledger: it may be killed at any point, and the next one goes on.
 */
export class Guard {
  #options: GuardOptions;
  #limits: GuardLimits;
  #events: GuardEvent[] = [];
  #history = new UsageHistory();
  #tenantsAreOld = true;
  /** When a failure was last told. */
  #failures = new Map<string, number>();

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#limits = { ...guardLimits, ...options.limits };
  }

  /** Guards until `signal` is aborted, through restarts of the server. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#guard(signal);
      } catch (error) {
        this.#fail(null, "look after the server", error);
      }
      await pause(reconnectMs, signal);
    }
  }

  async #guard(signal: AbortSignal): Promise<void> {
    const session = await this.#options.server.openSession(maintenanceDatabase);
    try {
      await session.query("SET lock_timeout = '5s'");
      await session.query(`SET statement_timeout = ${guardTimeoutMs}`);
      // Its own notes are not worth a wait for the disk.
      await session.query("SET synchronous_commit = off");
      await this.#watchOver(inTurn(session), signal);
    } finally {
      await session.end().catch(() => {});
    }
  }

  async #watchOver(session: CatalogSession, signal: AbortSignal): Promise<void> {
    const told: Omit<Watch, "shutOuts"> = {
      ...{ server: this.#options.server, limits: this.#limits },
      tell: (event) => this.#tell(event),
      tenantsChanged: () => {
        this.#tenantsAreOld = true;
      },
      fail: (app, work, error) => this.#fail(app, work, error),
    };
    const watch: Watch = { ...told, shutOuts: new ShutOuts(told) };
    const sessions = new SessionWatch(watch);
    const roles = new RoleWatch(watch);
    const storage = new StorageWatch(watch, this.#options.openAs, (tenant, usedBytes) => {
      this.#history.noteSize(tenant.id, usedBytes);
      this.#options.onSize?.(tenant, usedBytes);
    });
    let tenants = await readTenants(session);
    let sweepAt = 0;
    let sweeps = 0;
    await storage.begin({ session, now: performance.now(), tenants, activity: [] });
    const lookAround = async (): Promise<number> => {
      const now = performance.now();
      const sweeping = now >= sweepAt;
      const changed = sweeping && (await roles.changed({ session }));
      const activity = await readActivity(session);
      // One that logs in was made by then.
      const strange = activity.some(({ user }) => user?.startsWith("app_") && !tenants.has(user));
      if (changed || strange || this.#tenantsAreOld) {
        this.#tenantsAreOld = false;
        tenants = await readTenants(session);
      }
      const look: Look = { session, now, tenants, activity };
      const { soonestMs, active } = await sessions.look(look);
      const sizeMs = await storage.look(look, active);
      if (sweeping) {
        roles.begin(look, { changed, leftovers: sweeps % sweepsToLeftovers === 0 });
        await sessions.sweep(look);
        await storage.sweep(look);
        sweeps += 1;
        sweepAt = now + this.#limits.sweepMs;
      }
      const counts = countSessions(look);
      this.#history.noteSessions(counts);
      await this.#record(session);
      this.#options.onLook?.(performance.now() - now, tenants, counts);
      const most = activity.length > 0 ? this.#limits.busyMs : this.#limits.idleMs;
      return Math.min(soonestMs, sizeMs, most);
    };
    while (!signal.aborted) {
      const pauseMs = await lookAround().catch(async (error) => {
        if (errorCode(error) !== outOfSharedMemory) throw error;
        // Somebody holds every lock of the server: a new session would not get in, so this one must not be given up.
        this.#fail(null, "look after the server", error);
        await makeLocksFree(watch, session);
        return leastPauseMs;
      });
      await pause(Math.max(leastPauseMs, pauseMs), signal);
    }
    await Promise.all([storage.settled(), roles.settled()]);
  }

  #tell(event: GuardEvent): void {
    this.#events.push(event);
    this.#options.onEvent?.(event);
  }

  /** A failure that goes on is told now and then. */
  #fail(app: string | null, work: string, error: unknown): void {
    const failure = `${app} ${work} ${errorMessage(error)}`;
    const now = performance.now();
    if (now - (this.#failures.get(failure) ?? Number.NEGATIVE_INFINITY) < tellAgainMs) return;
    for (const [old, at] of this.#failures) if (now - at > tellAgainMs) this.#failures.delete(old);
    this.#failures.set(failure, now);
    this.#tell({ kind: "failed", app, detail: { work, error: errorMessage(error) } });
  }

  /** Notes are for people: that the disk is full must not keep the guard from its work. */
  async #record(session: CatalogSession): Promise<void> {
    const events = this.#events.splice(0);
    try {
      await recordEvents(session, events);
      await this.#history.write(session, performance.now());
    } catch {
      // The log has them.
    }
  }
}

/** The looks and what they have set going share one session; it takes one question at a time. */
function inTurn(session: CatalogSession): CatalogSession {
  let last: Promise<unknown> = Promise.resolve();
  return {
    query<Row>(text: string, values?: unknown[]) {
      const answer = last.then(() => session.query<Row>(text, values));
      last = answer.catch(() => {});
      return answer;
    },
  };
}

function countSessions({ activity, tenants }: Look): Map<string, number> {
  const counts = new Map<string, number>();
  for (const one of activity) {
    const app = limitsOf(one, tenants)?.app;
    if (app !== undefined) counts.set(app, (counts.get(app) ?? 0) + 1);
  }
  return counts;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
