import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage, LeashError } from "../errors";
import { reuseSessions } from "../tenancy/session";
import { type Attempts, areFailing, readAttempts, writeAttempts } from "./attempts";
import { makeBackup } from "./backup";
import { drillBackup } from "./drill";
import type { BackupEvent, BackupEventKind, BackupListener } from "./events";
import type { BackedUpApp, BackupGround } from "./ground";
import { byAge, type Manifest } from "./manifest";
import { selectExpired } from "./retention";
import { isDue, isStale, slotAfter } from "./schedule";
import type { BackupSettings } from "./settings";

export interface SchedulerOptions extends BackupListener {
  ground: BackupGround;
  settings: BackupSettings;
  /** Every app that is to be backed up. */
  listApps: () => Promise<BackedUpApp[]>;
  now?: () => Date;
  /** How often it looks what is due; milliseconds. */
  lookMs?: number;
}

type Work = "backup" | "drill";

const defaultLookMs = 30_000;
/** What others put into the store, or take from it, is seen after this long. */
const relistMs = 15 * 60_000;
/** How long a running dump is given when the agent ends. */
const settleMs = 5_000;
const firstBackupMs = 60 * 60_000;
const catchUpMs = 60 * 60_000;
const busyMs = 60_000;
const drillAgainMs = 60 * 60_000;

/**
 * Backs every app up when it is due, prunes what has expired, and drills. What it has to know is in the store and on the
 * server: it may be killed at any point, slept through the night, or run beside another one.
 */
export class BackupScheduler {
  #options: SchedulerOptions;
  #now: () => Date;
  #backups = new Map<string, Manifest[]>();
  #listedAt = Number.NEGATIVE_INFINITY;
  #attempts = new Map<string, Attempts>();
  /** What is under way, by app. */
  #running = new Map<string, { work: Work; ended: Promise<void> }>();
  #waiting: BackedUpApp[] = [];
  #alarmed = new Set<string>();
  /** By the monotonic clock. */
  #staleSince = new Map<string, number>();
  #blind = false;
  /** What somebody else is at, or could not be drilled: when to try again, by the monotonic clock. */
  #later = new Map<string, number>();

  constructor(options: SchedulerOptions) {
    const { ground } = options;
    this.#options = { ...options, ground: { ...ground, server: reuseSessions(ground.server) } };
    this.#now = options.now ?? (() => new Date());
  }

  /** Works until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal);
      await sleep(this.#options.lookMs ?? defaultLookMs, undefined, { signal }).catch(() => {});
    }
    await Promise.race([this.settled(), sleep(settleMs, undefined, { ref: false })]);
  }

  /** Begins what is due now; never throws. */
  async look(signal?: AbortSignal): Promise<void> {
    try {
      const now = this.#now();
      const apps = await this.#options.listApps();
      await this.#relist();
      this.#attempts = await readAttempts(
        this.#options.ground.server,
        apps.map(({ id }) => id),
        now,
      );
      this.#blind = false;
      for (const app of apps) await this.#noteRecovery(app);
      const newest = ({ id }: BackedUpApp) => this.#of(id)[0]?.startedAt ?? "";
      const oldestFirst = [...apps].sort((a, b) => newest(a).localeCompare(newest(b)));
      this.#waiting = oldestFirst.filter(({ id }) => this.#isBackupDue(id, now) || this.#isDrillDue(id, now));
      this.#begin(signal);
      const stale = this.#findStale(apps, now);
      this.#options.onLook?.(apps, this.#backups, stale);
    } catch (error) {
      if (!this.#blind) this.#tell("backups-blind", null, { error: errorMessage(error) });
      this.#blind = true;
    }
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  async #relist(): Promise<void> {
    if (performance.now() - this.#listedAt < relistMs) return;
    const { backups, broken } = await this.#options.ground.store.list();
    this.#backups = new Map();
    for (const backup of backups) {
      const same = this.#backups.get(backup.app);
      if (same) same.push(backup);
      else this.#backups.set(backup.app, [backup]);
    }
    if (broken.length > 0) this.#tell("backups-blind", null, { error: `These are no manifests: ${broken.join(", ")}` });
    this.#listedAt = performance.now();
  }

  #of(app: string): Manifest[] {
    return this.#backups.get(app) ?? [];
  }

  #findStale(apps: readonly BackedUpApp[], now: Date): Set<string> {
    const stale = new Set<string>();
    for (const app of apps) {
      const newest = this.#of(app.id).find(({ verifiedAt }) => verifiedAt !== null);
      const { seenAt, failures } = this.#attempts.get(app.id) ?? this.#fresh();
      if (!isStale(this.#options.settings.schedule, app.id, now, newest?.startedAt, seenAt)) {
        this.#staleSince.delete(app.id);
        continue;
      }
      // A machine that has slept catches up first.
      const since = this.#staleSince.get(app.id) ?? performance.now();
      this.#staleSince.set(app.id, since);
      const catchesUp = failures === 0 && (this.#running.has(app.id) || this.#isBackupDue(app.id, now));
      if (catchesUp && performance.now() - since < catchUpMs) continue;
      stale.add(app.id);
      if (this.#alarmed.has(app.id)) continue;
      this.#alarmed.add(app.id);
      this.#tell("backup-stale", app, newest ? { newest: newest.startedAt } : { newest: "never" });
    }
    return stale;
  }

  /** Begins what waits, as far as there is room; what has ended makes room for the next. */
  #begin(signal: AbortSignal | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const app of waiting) if (signal?.aborted || !this.#beginOne(app, signal)) this.#waiting.push(app);
  }

  /** Returns false for what has to wait for room. A drill runs code of the app's: it takes no backup's place. */
  #beginOne(app: BackedUpApp, signal: AbortSignal | undefined): boolean {
    if (this.#running.has(app.id)) return true;
    const now = this.#now();
    const work: Work | undefined = this.#isBackupDue(app.id, now)
      ? "backup"
      : this.#isDrillDue(app.id, now)
        ? "drill"
        : undefined;
    if (!work) return true;
    const underWay = [...this.#running.values()].filter((one) => one.work === work).length;
    if (underWay >= (work === "backup" ? this.#options.settings.parallel : 1)) return false;
    const ended = (work === "backup" ? this.#backUp(app, signal) : this.#drill(app, signal)).finally(() => {
      this.#running.delete(app.id);
      this.#begin(signal);
    });
    this.#running.set(app.id, { work, ended });
    return true;
  }

  #isBackupDue(app: string, now: Date): boolean {
    const { schedule } = this.#options.settings;
    if (this.#isPutOff("backup", app)) return false;
    const attempts = this.#attempts.get(app);
    // A database that was only just made is let be for a while.
    const fresh = attempts && now.getTime() - attempts.seenAt.getTime() < firstBackupMs;
    if (fresh && this.#of(app).length === 0 && slotAfter(schedule, app, attempts.seenAt) > now) return false;
    const failed = attempts?.failedAt && { failedAt: attempts.failedAt, failures: attempts.failures };
    return isDue(schedule, app, now, this.#of(app), failed ?? undefined);
  }

  #isDrillDue(app: string, now: Date): boolean {
    const { drill } = this.#options.settings;
    const backups = this.#of(app);
    if (!drill || !backups.some(({ verifiedAt }) => verifiedAt !== null)) return false;
    if (this.#isPutOff("drill", app)) return false;
    const drills = backups.flatMap(({ drill: done }) => (done ? [{ startedAt: done.at, verifiedAt: done.at }] : []));
    return isDue(drill, app, now, drills);
  }

  #isPutOff(work: Work, app: string): boolean {
    return (this.#later.get(`${work} ${app}`) ?? 0) > performance.now();
  }

  #putOff(work: Work, app: string, ms: number): void {
    this.#later.set(`${work} ${app}`, performance.now() + ms);
  }

  async #backUp(app: BackedUpApp, signal: AbortSignal | undefined): Promise<void> {
    const { ground } = this.#options;
    const began = performance.now();
    try {
      // Another agent, or `leash backups create`, may have made it.
      const wanted = async () => {
        this.#backups.set(app.id, (await ground.store.list(app.id)).backups);
        return this.#isBackupDue(app.id, this.#now());
      };
      const made = await makeBackup(ground, app, { wanted, signal, now: this.#now });
      if (made) await this.#succeeded(app, made, performance.now() - began);
    } catch (error) {
      await this.#failed(app, error, signal);
    }
    await this.#prune(app);
  }

  async #succeeded(app: BackedUpApp, made: Manifest, tookMs: number): Promise<void> {
    this.#backups.set(app.id, [made, ...this.#of(app.id)].sort(byAge));
    const seconds = Math.round(tookMs) / 1000;
    this.#tell("backup-made", app, { id: made.id, bytes: made.bytes, databaseBytes: made.databaseBytes, seconds });
    const before = this.#attempts.get(app.id);
    if (this.#alarmed.delete(app.id) || (before?.failures ?? 0) > 0)
      this.#tell("backup-recovered", app, { id: made.id });
    if (before?.failures !== 0)
      await this.#note(app, { ...(before ?? this.#fresh()), failedAt: null, failures: 0, error: null });
  }

  /** Somebody else has made a good one since it failed. */
  async #noteRecovery(app: BackedUpApp): Promise<void> {
    const attempts = this.#attempts.get(app.id);
    const newest = this.#of(app.id).find(({ verifiedAt }) => verifiedAt !== null);
    if (!attempts || !newest || attempts.failures === 0 || areFailing(attempts, newest)) return;
    this.#alarmed.delete(app.id);
    this.#tell("backup-recovered", app, { id: newest.id });
    await this.#note(app, { ...attempts, failedAt: null, failures: 0, error: null });
  }

  async #failed(app: BackedUpApp, error: unknown, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) return;
    if (isBusy(error)) return this.#putOff("backup", app.id, busyMs);
    // It was destroyed in the meantime.
    const apps = await this.#options.listApps().catch(() => [app]);
    if (!apps.some(({ id }) => id === app.id)) return;
    const before = this.#attempts.get(app.id) ?? this.#fresh();
    const failures = before.failures + 1;
    const says = [errorMessage(error), ...(error instanceof LeashError ? error.details : [])].join(" ").slice(0, 1000);
    this.#tell("backup-failed", app, { error: says, failures, ...codeOf(error) });
    await this.#note(app, { ...before, failedAt: this.#now(), failures, error: says });
  }

  #fresh(): Attempts {
    return { seenAt: this.#now(), failedAt: null, failures: 0, error: null };
  }

  async #note(app: BackedUpApp, attempts: Attempts): Promise<void> {
    this.#attempts.set(app.id, attempts);
    // A server that is away is told of by the next look.
    await writeAttempts(this.#options.ground.server, app.id, attempts).catch(() => {});
  }

  async #prune(app: BackedUpApp): Promise<void> {
    const { ground, settings } = this.#options;
    try {
      const { backups } = await ground.store.list(app.id);
      this.#backups.set(app.id, backups);
      for (const expired of selectExpired(app.id, backups, settings, this.#now())) {
        await ground.store.remove(expired);
        this.#backups.set(
          app.id,
          this.#of(app.id).filter(({ id }) => id !== expired.id),
        );
        this.#tell("backup-expired", app, { id: expired.id });
      }
    } catch (error) {
      this.#tell("backup-failed", app, { error: `What has expired could not be removed: ${errorMessage(error)}` });
    }
  }

  async #drill(app: BackedUpApp, signal: AbortSignal | undefined): Promise<void> {
    const { ground } = this.#options;
    const newest = this.#of(app.id).find(({ verifiedAt }) => verifiedAt !== null)!;
    try {
      const { drill } = await drillBackup(ground, app, newest, { signal, now: this.#now });
      const { seconds, tables } = drill!;
      this.#tell("drill-done", app, { id: newest.id, seconds, tables });
    } catch (error) {
      if (signal?.aborted) return;
      this.#putOff("drill", app.id, isBusy(error) ? busyMs : drillAgainMs);
      if (isBusy(error)) return;
      this.#tell("drill-failed", app, { id: newest.id, error: errorMessage(error), ...codeOf(error) });
    }
    this.#backups.set(app.id, (await ground.store.list(app.id).catch(() => ({ backups: this.#of(app.id) }))).backups);
  }

  #tell(kind: BackupEventKind, app: BackedUpApp | null, detail: BackupEvent["detail"]): void {
    this.#options.onEvent?.({ kind, app: app?.id ?? null, name: app?.name ?? null, detail });
  }
}

/** Somebody else is at it. */
const isBusy = (error: unknown) => error instanceof LeashError && error.code === "tenancy/one-at-a-time";
const codeOf = (error: unknown) => (error instanceof LeashError ? { code: error.code } : {});
