import { createHash } from "node:crypto";
import { Cron } from "croner";
import { LeashError } from "../errors";

export interface ScheduleOptions {
  /** Cron of five fields: minute, hour, day of month, month, day of week. */
  cron: string;
  /** An IANA name; the machine's own zone by default. */
  timezone?: string;
  /** Over how many minutes the apps are spread; 180 by default, at most half of the shortest interval. */
  spreadMinutes?: number;
}

/** When something is due, for every app. */
export interface Schedule {
  cron: string;
  timezone: string;
  spreadMs: number;
  /** The shortest time between two occurrences; milliseconds. */
  intervalMs: number;
  /** Occurrences before and after a moment, without the spread. */
  before(moment: Date): Date;
  after(moment: Date): Date;
}

const minute = 60_000;
const hour = 60 * minute;
const defaultSpreadMinutes = 180;
const mostSpreadMinutes = 24 * 60;

/** @throws LeashError `backup/schedule` with all faults */
export function parseSchedule({ cron, timezone, spreadMinutes }: ScheduleOptions): Schedule {
  const zone = timezone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const faults: string[] = [];
  if (!isZone(zone)) faults.push(`${JSON.stringify(zone)} is no time zone, such as Europe/Berlin or UTC.`);
  const spread = spreadMinutes ?? defaultSpreadMinutes;
  if (!(spread >= 0 && spread <= mostSpreadMinutes)) {
    faults.push(`${spread} minutes are no spread: from 0 to ${mostSpreadMinutes}.`);
  }
  const job = readCron(cron, isZone(zone) ? zone : "UTC", faults);
  if (!job || faults.length > 0) {
    throw new LeashError("backup/schedule", "The schedule can't be used.", {
      details: faults,
      hint: "A schedule is cron of five fields, such as 0 3 * * * for every night at three.",
      exitCode: 2,
    });
  }
  const intervalMs = shortestInterval(job);
  return {
    ...{ cron, timezone: zone, intervalMs, spreadMs: Math.min(spread * minute, Math.floor(intervalMs / 2)) },
    // Croner looks for what was before; an occurrence within this second has come.
    before: (moment) => job.previousRuns(1, new Date((Math.floor(moment.getTime() / 1_000) + 1) * 1_000))[0]!,
    after: (moment) => job.nextRun(moment)!,
  };
}

function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function readCron(cron: string, timezone: string, faults: string[]): Cron | undefined {
  try {
    const job = new Cron(cron, { timezone, mode: "5-part", paused: true });
    if (job.nextRun() && job.previousRuns(1).length === 1) return job;
    faults.push(`${JSON.stringify(cron)} never comes.`);
  } catch (error) {
    const says = error instanceof Error ? error.message.replace(/^Cron\w+: |\.+$/g, "") : String(error);
    faults.push(`${JSON.stringify(cron)} is no schedule: ${says}.`);
  }
  return undefined;
}

/** Of a year that is always the same: an app's place in the spread hangs on it. */
function shortestInterval(job: Cron): number {
  const runs = job.nextRuns(400, new Date("2026-01-01T00:00:00Z"));
  const intervals = runs.slice(1).map((run, i) => run.getTime() - runs[i]!.getTime());
  return intervals.length === 0 ? 365 * 24 * hour : Math.min(...intervals);
}

/** An app's own place in the spread; the same for as long as the app lives. */
function offsetOf({ spreadMs }: Schedule, app: string): number {
  if (spreadMs === 0) return 0;
  return createHash("sha256").update(app).digest().readUIntBE(0, 6) % spreadMs;
}

/** The newest moment, now at the latest, at which it was due for the app. */
export function slotBefore(schedule: Schedule, app: string, now: Date): Date {
  const offset = offsetOf(schedule, app);
  return new Date(schedule.before(new Date(now.getTime() - offset)).getTime() + offset);
}

/** The next moment after now at which it is due for the app. */
export function slotAfter(schedule: Schedule, app: string, now: Date): Date {
  const offset = offsetOf(schedule, app);
  return new Date(schedule.after(new Date(now.getTime() - offset)).getTime() + offset);
}

/** What was made, as far as a schedule looks at it; times in ISO 8601. */
export interface Made {
  startedAt: string;
  /** null for one that is not good. */
  verifiedAt: string | null;
}

const clockToleranceMs = hour;
const firstRetryMs = 5 * minute;
const mostRetryMs = hour;

/** One from the future was made while the clock was wrong: it would silence the schedule until then. */
const isPast = (time: Date, now: Date) => time.getTime() <= now.getTime() + clockToleranceMs;

/**
 * Whether the app's turn has come: no good one was begun since its newest slot, so what was slept through is caught up on,
 * once. An app without any is due at once. After failures there is a pause: five minutes, doubled each time, an hour at most.
 */
export function isDue(
  schedule: Schedule,
  app: string,
  now: Date,
  made: readonly Made[],
  attempt?: { failedAt: Date; failures: number },
): boolean {
  if (attempt && isPast(attempt.failedAt, now)) {
    const pauseMs = Math.min(mostRetryMs, firstRetryMs * 2 ** Math.min(attempt.failures - 1, 10));
    if (now.getTime() < attempt.failedAt.getTime() + pauseMs) return false;
  }
  const slot = slotBefore(schedule, app, now).getTime();
  return !made.some(({ startedAt, verifiedAt }) => {
    const started = new Date(startedAt);
    return verifiedAt !== null && started.getTime() >= slot && isPast(started, now);
  });
}

const graceMs = 6 * hour;

/**
 * Whether to sound the alarm: a slot has passed without a good one by more than six hours, or by half of the interval
 * where that is shorter.
 * @param newest when the newest good one was begun
 * @param since when the app was first seen: before, nothing was due
 */
export function isStale(schedule: Schedule, app: string, now: Date, newest: string | undefined, since: Date): boolean {
  const grace = Math.min(graceMs, Math.floor(schedule.intervalMs / 2));
  const slot = slotBefore(schedule, app, new Date(now.getTime() - grace));
  if (since > slot && isPast(since, now)) return false;
  const started = newest === undefined ? undefined : new Date(newest);
  return !(started && started >= slot && isPast(started, now));
}
