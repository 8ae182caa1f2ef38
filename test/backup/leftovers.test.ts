import pino from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runBackups } from "../../src/agent/backups";
import { AgentMetrics } from "../../src/agent/metrics";
import { dropLeftovers } from "../../src/backup/leftovers";
import { parseBackupSettings } from "../../src/backup/settings";
import { alone } from "../../src/tenancy/one-off";
import { createScratch } from "../../src/tenancy/scratch";
import { databasesOf } from "../../src/tenancy/scratch-name";
import { maintenanceDatabase, withSession } from "../../src/tenancy/session";
import { createTestBackups, type TestBackups } from "../support/backup";
import { type TestTenant, until } from "../support/guard";
import { missingClient } from "../support/postgres-client";

describe.skipIf(missingClient)("what killed restores and drills have left", () => {
  let backups: TestBackups;
  beforeAll(async () => {
    backups = await createTestBackups();
  }, 60_000);
  afterAll(() => backups?.dispose());

  const admin = () => backups.server.admin;
  const databases = ({ id }: TestTenant) =>
    withSession(admin(), maintenanceDatabase, (session) => databasesOf(session, id));
  const scratch = ({ description }: TestTenant, purpose: Parameters<typeof createScratch>[2]) =>
    createScratch(admin(), description, purpose);

  it("is dropped, and nothing else: not what was filled, what is kept, what somebody is at, nor a neighbour's", async () => {
    const [tenant, neighbour] = [await backups.tenant(), await backups.tenant()];
    const [drill, unfilled, filled] = [
      await scratch(tenant, "drill"),
      await scratch(tenant, "new"),
      await scratch(tenant, "new"),
    ];
    const kept = [await scratch(tenant, "old"), await scratch(tenant, "undone")];
    const others = await scratch(neighbour, "drill");
    // As a restore does that was killed between filling and swapping.
    await withSession(admin(), maintenanceDatabase, (session) =>
      session.query("INSERT INTO leash.restore (app, database, source) VALUES ($1, $2, 'a backup')", [
        tenant.id,
        filled,
      ]),
    );
    const held = await alone(admin(), tenant.id, "restore", () => dropLeftovers(admin(), [tenant.id]));
    expect(held).toEqual([]);
    const dropped = await dropLeftovers(admin(), [tenant.id]);
    expect(dropped.map(({ database }) => database).sort()).toEqual([drill, unfilled].sort());
    expect((await databases(tenant)).sort()).toEqual([tenant.id, filled, ...kept].sort());
    expect(await databases(neighbour)).toEqual([neighbour.id, others]);
  }, 60_000);

  it("is dropped by the agent as it begins, and told", async () => {
    const tenant = await backups.tenant();
    const drill = await scratch(tenant, "drill");
    const stop = new AbortController();
    const metrics = new AgentMetrics();
    const ended = runBackups(
      {
        version: () => "",
        open: async () => ({ ground: backups.ground, settings: parseBackupSettings({ drill: false }, "the test") }),
        names: () => new Map(),
        only: [tenant.id],
      },
      { server: admin(), log: pino({ enabled: false }), metrics: metrics.backups },
      stop.signal,
    );
    const left = async () => ((await databases(tenant)).includes(drill) ? undefined : true);
    await until(left, 20_000, "the drill's database to go");
    stop.abort();
    await ended;
    expect(await metrics.registry.metrics()).toMatch(
      new RegExp(`^leash_backup_events_total\\{kind="leftover-dropped",app="${tenant.id}"\\} 1$`, "m"),
    );
  }, 60_000);
});
