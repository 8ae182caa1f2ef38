import { describe, expect, it } from "vitest";
import { createBackupId, type Manifest } from "../../src/backup/manifest";
import { parseRetention, selectExpired } from "../../src/backup/retention";
import { isDue, isStale, parseSchedule, slotAfter, slotBefore } from "../../src/backup/schedule";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const backup = (app: string, at: Date, good = true): Manifest =>
  ({
    ...{ id: createBackupId(at), app, startedAt: at.toISOString(), verifiedAt: good ? at.toISOString() : null },
  }) as Manifest;

/** 400 days of one app: what was made when, and what was kept after each. */
function live(zone: string, seed: number, { sleeps, failures }: { sleeps: boolean; failures: boolean }) {
  const random = seeded(seed);
  const app = `app_${"bcdfghjkmn".slice(seed % 5, (seed % 5) + 5)}23456`;
  const schedule = parseSchedule({ cron: "30 2 * * *", timezone: zone });
  const begin = new Date("2026-01-15T12:00:00Z");
  const end = begin.getTime() + 400 * day;
  let now = begin;
  let kept: Manifest[] = [];
  const made: Manifest[] = [];
  const looks: Date[] = [];
  let attempt: { failedAt: Date; failures: number } | undefined;
  while (now.getTime() < end) {
    looks.push(now);
    if (isDue(schedule, app, now, kept, attempt)) {
      if (failures && random() < 0.2) {
        attempt = { failedAt: now, failures: (attempt?.failures ?? 0) + 1 };
      } else {
        attempt = undefined;
        const one = backup(app, now);
        made.push(one);
        kept = [one, ...kept];
        const expired = selectExpired(app, kept, { retentionDays: 7, schedule }, now);
        for (const gone of expired) {
          expect(now.getTime() - Date.parse(gone.startedAt)).toBeGreaterThan(7 * day);
          expect(gone).not.toBe(kept[0]);
        }
        kept = kept.filter((other) => !expired.includes(other));
        expect(kept).toContain(one);
      }
    }
    const asleep = sleeps && random() < 0.05 ? random() * 60 * hour : 0;
    now = new Date(now.getTime() + 20 * minute + random() * 5 * hour + asleep);
  }
  return { app, schedule, made, looks, kept, begin };
}

const zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];

describe("400 days of backups", () => {
  it.each(zones)("one a day in %s, over both changes of the clock, and seven or eight are kept", (zone) => {
    const { app, schedule, made, kept } = live(zone, 7, { sleeps: false, failures: false });
    // Each within five and a half hours of its slot, and none twice.
    const slots = made.map((one) => slotBefore(schedule, app, new Date(one.startedAt)).getTime());
    expect(new Set(slots).size).toBe(slots.length);
    const days = new Set(slots.map((slot) => new Date(slot).toLocaleDateString("sv", { timeZone: zone })));
    expect(days.size).toBe(slots.length);
    expect(slots.length).toBeGreaterThanOrEqual(400);
    expect(slots.length).toBeLessThanOrEqual(402);
    expect(kept.length).toBeGreaterThanOrEqual(7);
    expect(kept.length).toBeLessThanOrEqual(8);
  });

  it.each([1, 2, 3])("on a laptop that sleeps and fails (%i): one for each slot that it was awake after", (seed) => {
    const { app, schedule, made, looks, kept } = live("Europe/Berlin", seed, { sleeps: true, failures: seed > 1 });
    const slotOf = (time: Date | string) => slotBefore(schedule, app, new Date(time)).getTime();
    const slots = made.map(({ startedAt }) => slotOf(startedAt));
    expect(new Set(slots).size).toBe(slots.length);
    const awake = new Set(looks.map(slotOf));
    if (seed === 1) expect(slots.length).toBe(awake.size);
    else expect(slots.length).toBeGreaterThan(awake.size * 0.9);
    expect(kept.length).toBeGreaterThanOrEqual(7);
  });
});

describe("a schedule", () => {
  it("comes once on the day on which its hour is skipped, and once on the day that has it twice", () => {
    const schedule = parseSchedule({ cron: "30 2 * * *", timezone: "Europe/Berlin", spreadMinutes: 0 });
    const from = (text: string) => slotAfter(schedule, "app_x", new Date(text)).toISOString();
    expect(from("2026-03-28T12:00:00Z")).toBe("2026-03-29T01:00:00.000Z");
    expect(from("2026-03-29T01:00:00Z")).toBe("2026-03-30T00:30:00.000Z");
    expect(from("2026-10-24T12:00:00Z")).toBe("2026-10-25T00:30:00.000Z");
    expect(from("2026-10-25T00:30:00Z")).toBe("2026-10-26T01:30:00.000Z");
    expect(slotBefore(schedule, "app_x", new Date("2026-10-25T12:00:00Z")).toISOString()).toBe(
      "2026-10-25T00:30:00.000Z",
    );
  });

  it("has its newest slot before now and its next one after it, whatever the moment", () => {
    const random = seeded(11);
    for (const cron of ["30 2 * * *", "*/7 * * * *", "0 0 1 * *", "15 */5 * * 1-5"]) {
      const schedule = parseSchedule({ cron, timezone: "America/New_York" });
      for (let i = 0; i < 150; i++) {
        const now = new Date(Date.parse("2026-01-01T00:00:00Z") + Math.floor(random() * 500 * day));
        const [before, after] = [slotBefore(schedule, "app_x", now), slotAfter(schedule, "app_x", now)];
        expect(before.getTime()).toBeLessThanOrEqual(now.getTime());
        expect(after.getTime()).toBeGreaterThan(now.getTime());
        expect(slotBefore(schedule, "app_x", after)).toEqual(after);
        expect(slotAfter(schedule, "app_x", before)).toEqual(after);
      }
    }
  });

  it("spreads a thousand apps evenly, each at its own time for ever", () => {
    const schedule = parseSchedule({ cron: "0 3 * * *", timezone: "UTC" });
    const now = new Date("2026-05-05T12:00:00Z");
    const minutes = Array.from({ length: 1_000 }, (_, i) => {
      const slot = slotBefore(schedule, `app_${i}`, now);
      expect(slotAfter(schedule, `app_${i}`, slot).getTime() - slot.getTime()).toBe(day);
      return (slot.getTime() - Date.parse("2026-05-05T03:00:00Z")) / minute;
    });
    expect(Math.min(...minutes)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...minutes)).toBeLessThan(180);
    for (let third = 0; third < 3; third++) {
      const inside = minutes.filter((at) => at >= third * 60 && at < (third + 1) * 60).length;
      expect(inside).toBeGreaterThan(280);
      expect(inside).toBeLessThan(390);
    }
  });

  it("is not silenced by a clock that was wrong", () => {
    const schedule = parseSchedule({ cron: "0 3 * * *", timezone: "UTC" });
    const now = new Date("2026-05-05T12:00:00Z");
    const future = { startedAt: "2027-05-05T12:00:00.000Z", verifiedAt: "2027-05-05T12:00:00.000Z" };
    expect(isDue(schedule, "app_x", now, [future])).toBe(true);
    expect(isDue(schedule, "app_x", now, [], { failedAt: new Date("2027-01-01T00:00:00Z"), failures: 9 })).toBe(true);
    expect(isStale(schedule, "app_x", now, future.startedAt, new Date("2026-01-01T00:00:00Z"))).toBe(true);
  });

  it("waits longer after each failure, an hour at most", () => {
    const schedule = parseSchedule({ cron: "0 3 * * *", timezone: "UTC" });
    const failedAt = new Date("2026-05-05T12:00:00Z");
    const due = (failures: number, minutes: number) =>
      isDue(schedule, "app_x", new Date(failedAt.getTime() + minutes * minute), [], { failedAt, failures });
    const table: [failures: number, minutes: number][] = [
      [1, 5],
      [2, 10],
      [3, 20],
      [4, 40],
      [5, 60],
      [500, 60],
    ];
    for (const [failures, minutes] of table) {
      expect(due(failures, minutes - 1), `${failures}`).toBe(false);
      expect(due(failures, minutes), `${failures}`).toBe(true);
    }
  });

  it("is stale six hours after a slot without a good one, and not before the app was there", () => {
    const schedule = parseSchedule({ cron: "0 3 * * *", timezone: "UTC", spreadMinutes: 0 });
    const stale = (now: string, newest: string | undefined, since = "2026-01-01T00:00:00Z") =>
      isStale(schedule, "app_x", new Date(now), newest, new Date(since));
    expect(stale("2026-05-05T08:59:00Z", "2026-05-04T03:00:00Z")).toBe(false);
    expect(stale("2026-05-05T09:01:00Z", "2026-05-04T03:00:00Z")).toBe(true);
    expect(stale("2026-05-05T09:01:00Z", "2026-05-05T03:00:00Z")).toBe(false);
    expect(stale("2026-05-05T09:01:00Z", undefined)).toBe(true);
    expect(stale("2026-05-05T09:01:00Z", undefined, "2026-05-05T04:00:00Z")).toBe(false);
  });

  it("is told all that is wrong with it", () => {
    const wrong: [string, string | undefined, RegExp][] = [
      ["61 * * * *", undefined, /61/],
      ["* * *", undefined, /\* \* \*/],
      ["* * * * * *", undefined, /no schedule/],
      ["0 0 30 2 *", undefined, /never comes/],
      ["0 3 * * *", "Mars/Base", /Mars\/Base/],
    ];
    for (const [cron, timezone, says] of wrong) {
      expect(() => parseSchedule({ cron, ...(timezone ? { timezone } : {}) }), cron).toThrow(
        expect.objectContaining({
          ...{ code: "backup/schedule", exitCode: 2 },
          details: expect.arrayContaining([expect.stringMatching(says)]),
        }),
      );
    }
    expect(() => parseSchedule({ cron: "bad", timezone: "Mars/Base", spreadMinutes: -1 })).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ length: 3 }) }),
    );
  });
});

describe("retention", () => {
  const now = new Date("2026-05-20T12:00:00Z");
  const ago = (days: number) => new Date(now.getTime() - days * day);
  const settings = (cron: string, retentionDays = 7) => ({
    retentionDays,
    schedule: parseSchedule({ cron, timezone: "UTC" }),
  });
  const daily = settings("0 3 * * *");
  const expired = (backups: Manifest[], how = daily) =>
    selectExpired("app_x", backups, how, now).map((one) => backups.indexOf(one));

  it("keeps seven days, and as many as they hold", () => {
    const backups = Array.from({ length: 12 }, (_, i) => backup("app_x", ago(i)));
    expect(expired(backups)).toEqual([8, 9, 10, 11]);
    // After a pause of a month the old ones are all there is.
    expect(expired(Array.from({ length: 7 }, (_, i) => backup("app_x", ago(30 + i))))).toEqual([]);
  });

  it("never takes the newest good one, and no good one on the word of bad ones", () => {
    expect(expired([backup("app_x", ago(100))])).toEqual([]);
    const bad = Array.from({ length: 20 }, (_, i) => backup("app_x", ago(8 + i / 10), false));
    const good = backup("app_x", ago(50));
    expect(expired([...bad, good])).toEqual([]);
    expect(expired([backup("app_x", ago(1)), ...bad, good])).toEqual(bad.map((_, i) => i + 1));
  });

  it("counts by the schedule: weekly, hourly, monthly", () => {
    const weekly = Array.from({ length: 5 }, (_, i) => backup("app_x", ago(7 * i + 0.1)));
    expect(expired(weekly, settings("0 3 * * 3"))).toEqual([1, 2, 3, 4]);
    const monthly = Array.from({ length: 8 }, (_, i) => backup("app_x", ago(30 * i + 0.1)));
    expect(expired(monthly, settings("0 3 20 * *", 90))).toEqual([4, 5, 6, 7]);
    const hourly = Array.from({ length: 400 }, (_, i) => backup("app_x", ago(i / 24)));
    expect(expired(hourly, settings("0 * * * *"))).toHaveLength(400 - 169);
  });

  it("leaves other apps' alone, however they are called, and what is from the future", () => {
    const others = ["app_x2", "app_", "app_xx", "app_X"].flatMap((app) =>
      Array.from({ length: 20 }, (_, i) => backup(app, ago(i * 3))),
    );
    expect(expired(others)).toEqual([]);
    const future = Array.from({ length: 20 }, (_, i) => backup("app_x", ago(-300 - i)));
    expect(expired([...future, ...Array.from({ length: 7 }, (_, i) => backup("app_x", ago(20 + i)))])).toEqual([]);
  });

  it("a clock that jumps ahead costs nothing but what the count allows", () => {
    const backups = Array.from({ length: 8 }, (_, i) => backup("app_x", ago(i)));
    const later = new Date(now.getTime() + 365 * day);
    const gone = selectExpired("app_x", [backup("app_x", later), ...backups], daily, later);
    expect(gone).toEqual([backups[6], backups[7]]);
  });

  it("takes whole days from 1 to 3650", () => {
    for (const days of [0, -1, 1.5, 3651, Number.NaN]) {
      expect(() => parseRetention(days)).toThrow(expect.objectContaining({ code: "backup/retention", exitCode: 2 }));
    }
    expect([1, 7, 3650].map(parseRetention)).toEqual([1, 7, 3650]);
  });
});
