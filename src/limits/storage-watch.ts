import { errorCode } from "../errors";
import type { Standing } from "../tenancy/describe";
import { dropOneOff, listOneOffs, parseOneOffName } from "../tenancy/one-off";
import { terminateAutovacuumOf, terminateSessionsOf } from "./activity";
import { type OpenAs, type Reclaimed, reclaimSpace } from "./reclaim";
import { changeStanding, settleStanding } from "./standing-change";
import { readFloor, readStandingRecords, writeFloor } from "./standing-ledger";
import {
  judgeStorage,
  type Lane,
  lookAtSizes,
  readEmptySize,
  readSizes,
  type Size,
  SizeSchedule,
  warningOf,
} from "./storage";
import type { Tenant } from "./tenants";
import type { Look, Watch } from "./watch";

/** What is known of an app that is over its plan. */
interface Over {
  floor: number;
  reclaimed: Reclaimed;
  /** The table that is being rewritten, which takes its size once more for that long; bytes. */
  rewriting: number;
  /** Not to be reclaimed before; monotonic. */
  reclaimAt: number;
}

/** How much a reclaim may take of the time. */
const reclaimShare = 0.1;
/** How much looking at sizes may take of the time, how many are looked at in one question, and how long that may take. */
const lanes: Record<Lane, { share: number; atOnce: number; timeoutMs?: number }> = {
  quick: { share: 0.05, atOnce: 100 },
  slow: { share: 0.1, atOnce: 1, timeoutMs: 5_000 },
};
const laneNames = Object.keys(lanes) as Lane[];

/** Measures what the apps take, and restricts, suspends and restores them by it. */
export class StorageWatch {
  #watch: Watch;
  #openAs: OpenAs;
  #onSize: (tenant: Tenant, usedBytes: number) => void;
  #schedule: SizeSchedule;
  #empty: number | undefined;
  #over = new Map<string, Over>();
  #warned = new Map<string, number>();
  /** One piece of work at a time for each app. */
  #working = new Map<string, Promise<void>>();
  #sizesAt: Record<Lane, number> = { quick: 0, slow: 0 };
  #transactions = new Map<string, string>();

  constructor(watch: Watch, openAs: OpenAs, onSize: (tenant: Tenant, usedBytes: number) => void) {
    this.#watch = watch;
    this.#openAs = openAs;
    this.#onSize = onSize;
    this.#schedule = new SizeSchedule(watch.limits);
  }

  /** Takes up what a former guard left. */
  async begin(look: Look): Promise<void> {
    this.#empty = await readEmptySize(look.session);
    await this.#settle(look);
  }

  /** Completes what a former guard, or this one in vain, has begun. */
  async #settle({ session, tenants }: Look): Promise<void> {
    for (const { app, floorBytes, settleBefore } of await readStandingRecords(session)) {
      const tenant = tenants.get(app);
      if (!tenant) continue;
      const { standing } = tenant;
      if (floorBytes !== null && standing !== "open" && !this.#over.has(app)) this.#over.set(app, newOver(floorBytes));
      if (settleBefore === null) continue;
      this.#work(app, "settle what was begun", () =>
        settleStanding(this.#watch.server, session, { id: app, standing, floorBytes, settleBefore }),
      );
    }
  }

  /** @returns in how many milliseconds to look again at the latest */
  async look(look: Look, active: ReadonlySet<string>): Promise<number> {
    const { now, tenants } = look;
    this.#schedule.note(tenants, active, now);
    // One that cleans up may write as fast as it likes, and from one moment to the next.
    for (const app of cleaning(look).keys()) this.#schedule.hurry(app, now + this.#watch.limits.sizeMs);
    for (const lane of laneNames) {
      if (now < this.#sizesAt[lane]) continue;
      const due = this.#schedule.due(now, lane).slice(0, lanes[lane].atOnce);
      if (due.length > 0) await this.#measure(look, due, lane);
    }
    for (const tenant of tenants.values()) if (tenant.standing !== "open") this.#reclaim(look, tenant);
    return Math.min(
      ...laneNames.map((lane) => Math.max(this.#schedule.untilNext(now, lane), this.#sizesAt[lane] - now, 0)),
    );
  }

  /** A session that comes and goes between two looks leaves a transaction behind. */
  async sweep(look: Look): Promise<void> {
    const { session, now } = look;
    await this.#settle(look);
    const { rows } = await session.query<{ name: string; transactions: string }>(
      `SELECT datname AS name, (xact_commit + xact_rollback)::text AS transactions
         FROM pg_catalog.pg_stat_database WHERE datname IS NOT NULL`,
    );
    for (const { name, transactions } of rows) {
      const before = this.#transactions.get(name);
      if (before !== transactions) this.#schedule.hurry(name, now);
    }
    this.#transactions = new Map(rows.map(({ name, transactions }) => [name, transactions]));
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#working.values());
  }

  async #measure(look: Look, ids: string[], lane: Lane): Promise<void> {
    const began = performance.now();
    const sizes = await this.#read(look, ids, lane);
    this.#sizesAt[lane] = look.now + (performance.now() - began) / lanes[lane].share;
    if (!sizes) return;
    for (const id of ids) {
      const tenant = look.tenants.get(id)!;
      const { bytes: size, ms } = sizes.get(id) ?? {};
      this.#schedule.took(id, ms ?? 0);
      if (size === undefined) {
        this.#schedule.measured(id, 0, 0, look.now);
        continue;
      }
      const used = Math.max(0, size - this.#empty!);
      this.#onSize(tenant, used);
      this.#schedule.measured(id, size, this.#headroom(tenant, used), look.now);
      await this.#judge(look, tenant, used);
    }
  }

  /** The sizes; undefined where that takes too long: then each is looked at by itself, and none keeps the guard from its work. */
  async #read({ session, now }: Look, ids: string[], lane: Lane): Promise<Map<string, Size> | undefined> {
    try {
      return await lookAtSizes(session, ids, lanes[lane].timeoutMs);
    } catch (error) {
      if (errorCode(error) !== queryCanceled) throw error;
      for (const id of ids) {
        this.#schedule.gaveUp(id, now);
        if (lane === "slow") this.#watch.fail(id, "tell its size, it has too many files", error);
      }
      return undefined;
    }
  }

  #headroom({ id, limits, standing }: Tenant, used: number): number {
    if (standing === "open") return Math.max(0, limits.storageBytes - used);
    return Math.max(0, (this.#over.get(id)?.floor ?? used) + this.#watch.limits.ratchetBytes - used);
  }

  async #judge(look: Look, tenant: Tenant, used: number): Promise<void> {
    const { id, standing, limits } = tenant;
    const guard = this.#watch.limits;
    const over = standing === "open" ? undefined : this.#overOf(id, used);
    if (over && used < over.floor) {
      over.floor = used;
      await writeFloor(look.session, id, used);
    }
    const judge = (floor: number) => judgeStorage({ used, limit: limits.storageBytes, standing, floor }, guard);
    let floor = (over?.floor ?? 0) + (over?.rewriting ?? 0);
    let wanted = judge(floor);
    if (over && wanted !== standing && wanted === "suspended") {
      over.floor = Math.max(over.floor, await readFloor(look.session, id));
      floor = over.floor + over.rewriting;
      wanted = judge(floor);
    }
    this.#warn(tenant, used);
    if (wanted !== standing) this.#change(look, tenant, wanted, used);
    else if (over && used > floor + guard.ratchetBytes) this.#endCleanups(id);
  }

  #overOf(id: string, used: number): Over {
    const known = this.#over.get(id) ?? newOver(used);
    this.#over.set(id, known);
    return known;
  }

  #warn({ id, limits, standing }: Tenant, used: number): void {
    const limitBytes = limits.storageBytes;
    const share = standing === "open" ? warningOf(used, limitBytes, this.#watch.limits) : undefined;
    const before = this.#warned.get(id) ?? 0;
    if (share !== undefined && share > before) {
      this.#watch.tell({ kind: "storage-warning", app: id, detail: { share, bytes: used, limitBytes } });
    }
    this.#warned.set(id, share ?? 0);
  }

  #change(look: Look, tenant: Tenant, standing: Standing, used: number): void {
    const { id, limits } = tenant;
    if (this.#working.has(id)) return;
    const detail = { bytes: used, limitBytes: limits.storageBytes };
    const kind = { open: "restored", restricted: "restricted", suspended: "suspended" } as const;
    this.#work(id, `make it ${standing}`, async () => {
      // Writers stop at once; what they may do when they come back is the next step.
      if (standing !== "open") {
        await terminateSessionsOf(look.session, [id]);
        await terminateAutovacuumOf(look.session, id);
      }
      if (standing === "suspended") await this.#dropCleanups(id);
      await changeStanding(this.#watch.server, look.session, tenant, standing, used);
      if (standing === "open") this.#over.delete(id);
      else await this.#setFloor(look, id, used);
      this.#watch.tell({ kind: kind[standing], app: id, detail });
      this.#watch.tenantsChanged();
      this.#schedule.hurry(id, performance.now());
    });
  }

  /** What was written until the last session ended is not growth since then. */
  async #setFloor({ session }: Look, id: string, judged: number): Promise<void> {
    const size = (await readSizes(session, [id])).get(id) ?? 0;
    const floorBytes = Math.max(judged, size - this.#empty!);
    this.#overOf(id, floorBytes).floor = floorBytes;
    await writeFloor(session, id, floorBytes);
  }

  #endCleanups(app: string): void {
    this.#work(app, "end its cleanup sessions", () => this.#dropCleanups(app));
  }

  async #dropCleanups(app: string): Promise<void> {
    for (const oneOff of await listOneOffs(this.#watch.server)) {
      if (oneOff.app !== app || oneOff.kind !== "cleanup") continue;
      await dropOneOff(this.#watch.server, oneOff);
      this.#watch.tell({ kind: "cleanup-ended", app, detail: { login: oneOff.name } });
    }
  }

  #reclaim(look: Look, { id }: Tenant): void {
    const { now, session } = look;
    const over = this.#over.get(id);
    // It would stand in the way of who makes room, and lets the database grow meanwhile.
    if (cleaning(look).get(id) === "working") return;
    // The app's standing may have to change meanwhile, so this is a piece of work of its own.
    if (!over || now < over.reclaimAt || this.#working.has(`${id} reclaim`)) return;
    this.#work(
      id,
      "give back its space",
      async () => {
        const began = performance.now();
        const before = (await readSizes(session, [id])).get(id) ?? 0;
        try {
          await reclaimSpace(this.#watch.server, this.#openAs, id, over.reclaimed, (bytes) => {
            over.rewriting = bytes;
          });
        } finally {
          const took = performance.now() - began;
          over.reclaimAt = performance.now() + Math.max(this.#watch.limits.reclaimMs, took / reclaimShare);
          this.#schedule.hurry(id, performance.now());
        }
        const freedBytes = before - ((await readSizes(session, [id])).get(id) ?? 0);
        if (freedBytes >= toldBytes) this.#watch.tell({ kind: "reclaimed", app: id, detail: { freedBytes } });
      },
      `${id} reclaim`,
    );
  }

  #work(app: string, what: string, work: () => Promise<void>, key = app): void {
    if (this.#working.has(key)) return;
    const done = work()
      .catch((error) => this.#watch.fail(app, what, error))
      .finally(() => this.#working.delete(key));
    this.#working.set(key, done);
  }
}

/** The apps that are over their plan and have a cleanup session, and whether that does something. */
function cleaning({ activity, tenants }: Look): Map<string, "working" | "idle"> {
  const found = new Map<string, "working" | "idle">();
  for (const { user, state } of activity) {
    const oneOff = user === null ? undefined : parseOneOffName(user);
    if (oneOff?.kind !== "cleanup" || (tenants.get(oneOff.app)?.standing ?? "open") === "open") continue;
    found.set(oneOff.app, state === "idle" ? "idle" : "working");
  }
  return found;
}

const queryCanceled = "57014";

/** The least that is worth a word. */
const toldBytes = 1024 ** 2;

function newOver(floor: number): Over {
  return { floor, reclaimed: new Map(), rewriting: 0, reclaimAt: 0 };
}
