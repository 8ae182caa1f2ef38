import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RebuildListener, rebuildServer } from "../../src/agent/rebuild";
import { makeBackup } from "../../src/backup/backup";
import { describeAppDatabase } from "../../src/tenancy/describe";
import { auditAppDatabase, reconcileAppDatabase } from "../../src/tenancy/reconcile";
import { createTestBackups, type TestBackups } from "../support/backup";
import type { TestTenant } from "../support/guard";
import { missingClient } from "../support/postgres-client";

/** A listener that notes what it hears; `onBegin` may be more. */
function createListener(onBegin: () => void = () => {}) {
  const heard = { alone: [] as string[], done: [] as string[], failed: [] as string[] };
  const listener: RebuildListener = {
    onAlone: (app) => heard.alone.push(app),
    onBegin,
    onDone: ({ app }) => heard.done.push(app),
    onFailed: (app) => heard.failed.push(app),
  };
  return { heard, listener };
}

describe.skipIf(missingClient)("a lost server's apps", () => {
  let lost: TestBackups;
  let found: TestBackups;
  const tenants: Record<string, TestTenant> = {};
  const never = new AbortController().signal;
  beforeAll(async () => {
    lost = await createTestBackups();
    found = await createTestBackups();
    found.ground.store = lost.ground.store;
    for (const name of ["gone", "anew", "busy", "cut", "broken"]) {
      const tenant = await lost.tenant("pro");
      tenants[name] = tenant;
      await tenant.query(`CREATE TABLE t AS SELECT '${name}' AS x FROM generate_series(1, 20000)`);
      await makeBackup(lost.ground, lost.app(tenant, "pro"));
    }
  }, 60_000);
  afterAll(async () => {
    await lost?.dispose();
    await found?.dispose();
  });

  const rebuild = async (only: string[], signal = never, onBegin?: () => void) => {
    const { heard, listener } = createListener(onBegin);
    const ids = only.map((name) => tenants[name]!.id);
    await rebuildServer(found.ground, ids, listener, signal);
    return heard;
  };
  const rowsAs = async (name: string, password = tenants[name]!.password) => {
    const session = await found.server.login(tenants[name]!.id, password);
    try {
      return (await session.query("SELECT count(*)::int AS n, min(x) AS x FROM t")).rows;
    } finally {
      await session.end();
    }
  };
  /** As a deploy makes it on the new server. */
  const deploy = (name: string, password: string) =>
    reconcileAppDatabase(found.server.admin, describeAppDatabase({ id: tenants[name]!.id, plan: "team" }), {
      credential: { password },
    });

  it("are there again with their rows, plans and passwords, on a server that has nothing at all", async () => {
    const { id, password } = tenants.gone!;
    expect(await rebuild(["gone"])).toEqual({ alone: [], done: [id], failed: [] });
    expect(await rowsAs("gone")).toEqual([{ n: 20_000, x: "gone" }]);
    const description = describeAppDatabase({ id, plan: "pro" });
    expect(await auditAppDatabase(found.server.admin, description, { credential: { password } })).toEqual([]);
    expect(await rebuild(["gone"])).toEqual({ alone: [id], done: [], failed: [] });
  });

  it("get their rows where a deploy has made them anew, with its password and plan", async () => {
    await deploy("anew", "a new password");
    // A backup of the empty one is newer, and not what was lost.
    await makeBackup(found.ground, { ...found.app(tenants.anew!), plan: "team" });
    const { id } = tenants.anew!;
    expect(await rebuild(["anew"])).toEqual({ alone: [], done: [id], failed: [] });
    expect(await rowsAs("anew", "a new password")).toEqual([{ n: 20_000, x: "anew" }]);
    const description = describeAppDatabase({ id, plan: "team" });
    expect(
      await auditAppDatabase(found.server.admin, description, { credential: { password: "a new password" } }),
    ).toEqual([]);
  });

  it("are left alone where they hold something", async () => {
    await deploy("busy", "p");
    const session = await found.server.login(tenants.busy!.id, "p");
    await session.query("CREATE TABLE t AS SELECT 'new' AS x");
    await session.end();
    expect(await rebuild(["busy"])).toEqual({ alone: [tenants.busy!.id], done: [], failed: [] });
    expect(await rowsAs("busy", "p")).toEqual([{ n: 1, x: "new" }]);
  });

  it("are gone on with where a rebuild was cut off, and one whose backup is broken stops no other", async () => {
    const { id } = tenants.broken!;
    const folder = path.join(lost.folder, id);
    const dump = path.join(folder, fs.readdirSync(folder).find((name) => !name.endsWith(".json"))!);
    const bytes = fs.readFileSync(dump);
    bytes[bytes.length >> 1]! ^= 1;
    fs.writeFileSync(dump, bytes);
    const stop = new AbortController();
    const cut = await rebuild(["cut"], stop.signal, () => setTimeout(() => stop.abort(), 150));
    expect(cut.done).toEqual([]);
    const both = await rebuild(["broken", "cut"]);
    expect(both).toEqual({ alone: [], done: [tenants.cut!.id], failed: [id] });
    expect(await rowsAs("cut")).toEqual([{ n: 20_000, x: "cut" }]);
  });
});
