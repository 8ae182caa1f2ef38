import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAttempts } from "../../src/backup/attempts";
import { makeBackup } from "../../src/backup/backup";
import type { BackupEvent } from "../../src/backup/events";
import type { BackedUpApp } from "../../src/backup/ground";
import { slotAfter } from "../../src/backup/schedule";
import { BackupScheduler, type SchedulerOptions } from "../../src/backup/scheduler";
import { parseBackupSettings } from "../../src/backup/settings";
import { tellWebhook } from "../../src/backup/webhook";
import { maintenanceDatabase, withSession } from "../../src/tenancy/session";
import { createTestBackups, type TestBackups } from "../support/backup";
import { type TestTenant, until } from "../support/guard";
import { missingClient } from "../support/postgres-client";

const hour = 60 * 60_000;
const day = 24 * hour;

describe.skipIf(missingClient)("the schedule of backups, on a real server", () => {
  let backups: TestBackups;
  beforeAll(async () => {
    backups = await createTestBackups();
  }, 60_000);
  afterAll(() => backups?.dispose());

  /** A scheduler with a clock of its own. */
  function travel(tenants: TestTenant[], begin: string, options: Partial<SchedulerOptions> = {}) {
    const apps: BackedUpApp[] = tenants.map((tenant) => backups.app(tenant));
    const events: BackupEvent[] = [];
    const settings = parseBackupSettings(
      { schedule: "0 3 * * *", timezone: "Europe/Berlin", drill: false },
      "the test",
    );
    let now = new Date(begin);
    const make = () =>
      new BackupScheduler({
        ...{ ground: backups.ground, settings, now: () => now, listApps: async () => apps },
        onEvent: (event) => events.push(event),
        ...options,
      });
    let scheduler = make();
    return {
      ...{ apps, events, settings },
      now: () => now,
      /** Another process goes on. */
      restart() {
        scheduler = make();
      },
      async at(time: Date | number) {
        now = typeof time === "number" ? new Date(now.getTime() + time) : time;
        await scheduler.look();
        await scheduler.settled();
      },
      kinds: (app: string) => events.filter((event) => event.app === app).map(({ kind }) => kind),
    };
  }
  const count = async (app: string) => (await backups.ground.store.list(app)).backups.length;

  it("makes one a night, catches up once after a sleep, and keeps seven days", async () => {
    const tenant = await backups.tenant();
    await tenant.query("CREATE TABLE t (n int)");
    const time = travel([tenant], "2026-03-20T12:00:00Z");
    await time.at(0);
    expect(await count(tenant.id)).toBe(0);
    await time.at(2 * hour);
    expect(await count(tenant.id)).toBe(1);
    // Over the change to summer time, with two nights slept through.
    for (let night = 0; night < 12; night++) {
      if (night === 3 || night === 4) {
        time.restart();
        await time.at(new Date(time.now().getTime() + day));
        continue;
      }
      const due = slotAfter(time.settings.schedule, tenant.id, time.now());
      const before = await count(tenant.id);
      await time.at(new Date(due.getTime() - 60_000));
      expect(await count(tenant.id)).toBe(before);
      await time.at(60_000);
      await time.at(hour);
      expect((await count(tenant.id)) - before).toBe(before === 8 ? 0 : 1);
    }
    const { backups: kept } = await backups.ground.store.list(tenant.id);
    expect(kept.length).toBeGreaterThanOrEqual(7);
    expect(kept.length).toBeLessThanOrEqual(8);
    expect(time.kinds(tenant.id)).toContain("backup-expired");
    expect(time.kinds(tenant.id)).not.toContain("backup-failed");
    // A clock that jumps a year ahead, and back: what there is stays, and the schedule goes on.
    await time.at(365 * day);
    expect(await count(tenant.id)).toBeGreaterThanOrEqual(7);
    await time.at(-364 * day);
    expect(await count(tenant.id)).toBeGreaterThanOrEqual(8);
  }, 60_000);

  it("tells of one that fails, tries again with pauses, and the others go on", async () => {
    const [good, bad] = [await backups.tenant(), await backups.tenant()];
    const close = (closed: boolean) =>
      withSession(backups.server.admin, maintenanceDatabase, (session) =>
        session.query(`ALTER DATABASE ${bad.id} ALLOW_CONNECTIONS ${!closed}`),
      );
    const time = travel([good, bad], "2026-06-01T00:00:00Z");
    await time.at(0);
    await close(true);
    await time.at(9 * hour);
    expect(time.kinds(good.id)).toEqual(["backup-made"]);
    expect(time.kinds(bad.id)).toContain("backup-failed");
    await time.at(60_000);
    const failures = () => time.kinds(bad.id).filter((kind) => kind === "backup-failed").length;
    expect(failures()).toBe(1);
    await time.at(5 * 60_000);
    await time.at(6 * 60_000);
    expect(failures()).toBe(2);
    const attempts = await readAttempts(backups.server.admin, [bad.id], time.now());
    expect(attempts.get(bad.id)).toMatchObject({ failures: 2, error: expect.stringMatching(/\w/) });
    // Another agent goes on with the same pauses.
    time.restart();
    await time.at(60_000);
    expect(failures()).toBe(2);
    await time.at(14 * hour);
    expect(time.kinds(bad.id)).toContain("backup-stale");
    expect(time.kinds(good.id)).not.toContain("backup-stale");
    await close(false);
    await time.at(2 * hour);
    expect(time.kinds(bad.id).slice(-2)).toEqual(["backup-made", "backup-recovered"]);
    expect((await readAttempts(backups.server.admin, [bad.id], time.now())).get(bad.id)).toMatchObject({ failures: 0 });
  }, 60_000);

  it("fails no more once somebody else has made one", async () => {
    const tenant = await backups.tenant();
    await tenant.query("CREATE EXTENSION citext; CREATE TABLE hidden (n int); ALTER EXTENSION citext ADD TABLE hidden");
    const time = travel([tenant], "2026-06-01T00:00:00Z");
    await time.at(0);
    await time.at(9 * hour);
    expect(time.kinds(tenant.id)).toEqual(["backup-failed"]);
    await tenant.query("ALTER EXTENSION citext DROP TABLE hidden");
    await time.at(60_000);
    await makeBackup(backups.ground, backups.app(tenant), { now: time.now });
    time.restart();
    await time.at(60_000);
    expect(time.kinds(tenant.id)).toContain("backup-recovered");
    const attempts = await readAttempts(backups.server.admin, [tenant.id], time.now());
    expect(attempts.get(tenant.id)).toMatchObject({ failures: 0 });
  }, 60_000);

  it("two agents make one backup, and no more than two run at once", async () => {
    const tenants = [await backups.tenant(), await backups.tenant(), await backups.tenant(), await backups.tenant()];
    const [one, two] = [travel(tenants, "2026-06-01T00:00:00Z"), travel(tenants, "2026-06-01T00:00:00Z")];
    await Promise.all([one.at(0), two.at(0)]);
    await Promise.all([one.at(12 * hour), two.at(12 * hour)]);
    for (const { id } of tenants) expect(await count(id), id).toBe(1);
    expect([...one.events, ...two.events].filter(({ kind }) => kind === "backup-failed")).toEqual([]);
  }, 60_000);

  it("goes on with backups while drills of apps that mean harm sleep", async () => {
    const doze = `CREATE FUNCTION doze(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
      IF current_database() ~ '_drill_' THEN PERFORM pg_sleep(1000); END IF; RETURN n; END $$;
      CREATE TABLE t (n int); INSERT INTO t VALUES (1); CREATE INDEX ON t (doze(n))`;
    const [one, two, honest] = [await backups.tenant(), await backups.tenant(), await backups.tenant()];
    for (const tenant of [one, two]) {
      await tenant.query(doze);
      await makeBackup(backups.ground, backups.app(tenant), { now: () => new Date("2026-06-06T00:00:00Z") });
    }
    await honest.query("CREATE TABLE t (n int)");
    const settings = parseBackupSettings(
      { drill: "0 0 * * *", schedule: "0 0 1 1 *", timezone: "UTC", parallel: 1 },
      "",
    );
    const stop = new AbortController();
    let now = new Date("2026-06-08T12:00:00Z");
    const scheduler = new BackupScheduler({
      ...{ ground: backups.ground, settings, listApps: async () => [one, two, honest].map((app) => backups.app(app)) },
      now: () => now,
    });
    await scheduler.look(stop.signal);
    // A new app's first backup comes an hour after it was seen.
    now = new Date("2026-06-08T14:00:00Z");
    await until(
      async () => {
        await scheduler.look(stop.signal);
        return (await count(honest.id)) === 1;
      },
      20_000,
      "the backup of the third",
    );
    stop.abort();
    await scheduler.settled();
    expect(await count(one.id)).toBe(1);
  }, 60_000);

  it("drills once a week, and tells of what does not restore", async () => {
    const tenant = await backups.tenant();
    await tenant.query("CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    const settings = parseBackupSettings({ drill: "0 6 * * 0", timezone: "UTC" }, "the test");
    const time = travel([tenant], "2026-06-01T00:00:00Z", { settings });
    await time.at(0);
    await time.at(12 * hour);
    await time.at(60_000);
    expect(time.kinds(tenant.id)).toEqual(["backup-made", "drill-done"]);
    const { backups: drilled } = await backups.ground.store.list(tenant.id);
    expect(drilled[0]).toMatchObject({ drilledAt: expect.any(String), drill: { differences: [], tables: 1 } });
    await time.at(day);
    await time.at(60_000);
    expect(time.kinds(tenant.id)).toEqual(["backup-made", "drill-done", "backup-made"]);
    const { backups: found } = await backups.ground.store.list(tenant.id);
    const [newest] = found;
    const tables = newest!.evidence.tables.map((table) => ({ ...table, rows: 2 }));
    await backups.ground.store.save({ ...newest!, evidence: { ...newest!.evidence, tables } });
    time.restart();
    await time.at(slotAfter(settings.drill!, tenant.id, time.now()));
    await time.at(60_000);
    const drill = time.events.find(({ kind }) => kind === "drill-failed");
    const remade = time.kinds(tenant.id).filter((kind) => kind === "backup-made").length;
    // The one that was drilled is the newest by then.
    expect(drill === undefined ? remade : drill.detail.id).toBe(drill === undefined ? 3 : newest!.id);
  }, 60_000);

  it("is told of as blind while the server is away, once", async () => {
    const events: BackupEvent[] = [];
    const scheduler = new BackupScheduler({
      ...{ ground: backups.ground, settings: parseBackupSettings({}, "the test") },
      listApps: () => Promise.reject(new Error("no server")),
      onEvent: (event) => events.push(event),
    });
    await scheduler.look();
    await scheduler.look();
    expect(events).toEqual([{ kind: "backups-blind", app: null, name: null, detail: { error: "no server" } }]);
  });
});

describe("the webhook", () => {
  it("is told of alarms alone, tries again, and its URL is in no message", async () => {
    const bodies: unknown[] = [];
    let refusals = 1;
    const server = http.createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => {
        text += chunk;
      });
      request.on("end", () => {
        bodies.push(JSON.parse(text));
        response.writeHead(refusals-- > 0 ? 500 : 204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`;
    const event: BackupEvent = { kind: "backup-failed", app: "app_x", name: "notes", detail: { error: "no" } };
    expect(await tellWebhook(url, { ...event, kind: "backup-made" }, new Date())).toBeUndefined();
    expect(bodies).toEqual([]);
    expect(await tellWebhook(url, event, new Date(0))).toBeUndefined();
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toEqual({
      ...{ event: "backup-failed", app: "app_x", name: "notes", at: "1970-01-01T00:00:00.000Z" },
      ...{ text: "backup-failed: notes: no", error: "no" },
    });
    await new Promise((resolve) => server.close(resolve));
    const failure = await tellWebhook(url, event, new Date());
    expect(failure).toMatch(/^The webhook could not be told of backup-failed/);
    expect(failure).not.toContain("secret-path");
  }, 20_000);
});

describe("the settings of backups", () => {
  it("are told all faults at once", () => {
    const given = {
      schedule: "61 * * * *",
      timezone: "Mars/Base",
      retentionDays: 0,
      drill: "soon",
      parallel: 0,
      keep: 1,
    };
    expect(() => parseBackupSettings(given, "backups.json")).toThrow(
      expect.objectContaining({
        code: "backup/settings",
        exitCode: 2,
        details: expect.arrayContaining([expect.stringMatching(/parallel/), expect.stringMatching(/keep/i)]),
      }),
    );
    const { parallel: _parallel, keep: _keep, ...rest } = given;
    expect(() => parseBackupSettings(rest, "backups.json")).toThrow(
      expect.objectContaining({
        details: expect.arrayContaining([
          expect.stringMatching(/^schedule: .*Mars\/Base.*61/),
          expect.stringMatching(/^drill: .*soon/),
          expect.stringMatching(/^retentionDays: .*0 days/),
        ]),
      }),
    );
  });
});
