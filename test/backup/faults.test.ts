import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeBackup } from "../../src/backup/backup";
import { drillBackup } from "../../src/backup/drill";
import { dropLeftovers } from "../../src/backup/leftovers";
import { createLocalStore } from "../../src/backup/local-store";
import type { Manifest } from "../../src/backup/manifest";
import { restoreDatabase } from "../../src/backup/restore";
import { verifyBackup } from "../../src/backup/verify";
import type { LeashError } from "../../src/errors";
import { resolveHome } from "../../src/platform/home";
import { findPostmaster } from "../../src/platform/postmaster";
import { startServer } from "../../src/platform/server";
import { serverPaths } from "../../src/platform/server-record";
import { listOneOffs } from "../../src/tenancy/one-off";
import { maintenanceDatabase, withSession } from "../../src/tenancy/session";
import { createTestBackups, type TestBackups } from "../support/backup";
import { type TestTenant, until } from "../support/guard";
import { clientBin, missingClient } from "../support/postgres-client";
import { root } from "../support/sandbox";

const soak = process.env.LEASH_SOAK !== undefined;
/** Rows that don't compress: about `megabytes` of them. */
const fill = (megabytes: number) =>
  `CREATE TABLE IF NOT EXISTS t (n int, x bytea);
   INSERT INTO t SELECT n, decode(string_agg(md5(random()::text || n), ''), 'hex')
     FROM generate_series(1, ${megabytes * 1000}) n, generate_series(1, 60) GROUP BY n`;

describe.skipIf(missingClient)("backups, while things go wrong", () => {
  let backups: TestBackups;
  beforeAll(async () => {
    backups = await createTestBackups();
  }, 60_000);
  afterAll(() => backups?.dispose());

  const list = async (app: string) => (await backups.ground.store.list(app)).backups;
  async function assertAllGood(app: string): Promise<Manifest[]> {
    const { backups: found, broken } = await backups.ground.store.list(app);
    expect(broken).toEqual([]);
    for (const one of found) await verifyBackup(backups.ground, one);
    return found;
  }
  const child = (what: "backup" | "restore", tenant: TestTenant, kind: "files" | "queries", step: number) =>
    execa(process.execPath, [path.join(root, "test/support/backup-child.cjs")], {
      input: JSON.stringify({
        ...{ what, kind, folder: backups.folder, app: tenant.id, plan: "free", credential: tenant.password, clientBin },
        ...{ socketDirectory: backups.server.record.socketDirectory, password: backups.server.record.password },
        killAt: { kind, step },
      }),
      reject: false,
    });
  const leftovers = async (app: string) => ({
    logins: (await listOneOffs(backups.server.admin)).filter((one) => one.app === app).length,
    databases: await withSession(backups.server.admin, maintenanceDatabase, async (session) => {
      const { rows } = await session.query<{ name: string }>(
        "SELECT datname AS name FROM pg_database WHERE datname LIKE $1 ORDER BY 1",
        [`${app}%`],
      );
      return rows.map(({ name }) => name.replace(/\d{17}$/, "*"));
    }),
  });

  it.each(["files", "queries"] as const)(
    "killed at any of its %s: no half a backup, and the next one is whole",
    async (kind) => {
      const tenant = await backups.tenant();
      await tenant.query(fill(1));
      await makeBackup(backups.ground, backups.app(tenant));
      const whole = await child("backup", tenant, kind, 0);
      const { steps } = JSON.parse(whole.stdout) as { steps: number };
      expect(steps).toBeGreaterThan(10);
      let good = 2;
      for (let step = 1; step <= steps; step += soak || kind === "files" ? 1 : 3) {
        const killed = await child("backup", tenant, kind, step);
        expect(killed.signal, killed.stderr).toBe("SIGKILL");
        const found = await list(tenant.id);
        // A kill after the manifest has its name comes too late to undo it.
        expect(found.length).toBeGreaterThanOrEqual(good);
        expect(found.length).toBeLessThanOrEqual(good + 1);
        good = found.length;
      }
      await makeBackup(backups.ground, backups.app(tenant));
      expect(await assertAllGood(tenant.id)).toHaveLength(good + 1);
      expect(backups.files(tenant.id)).toHaveLength((good + 1) * 2);
      expect(await leftovers(tenant.id)).toEqual({ logins: 0, databases: [tenant.id] });
    },
    120_000,
  );

  it("a restore that was killed at any query goes on, and the app has its old or its new rows", async () => {
    const tenant = await backups.tenant();
    await tenant.query("CREATE TABLE t (n int); INSERT INTO t SELECT generate_series(1, 100)");
    await makeBackup(backups.ground, backups.app(tenant));
    await tenant.query("INSERT INTO t SELECT 0 FROM generate_series(1, 11)");
    const whole = await child("restore", tenant, "queries", 0);
    const { steps } = JSON.parse(whole.stdout) as { steps: number };
    const every = soak ? 1 : Math.ceil(steps / 7);
    for (let step = 1; step <= steps; step += every) {
      await tenant.query("DELETE FROM t; INSERT INTO t SELECT 0 FROM generate_series(1, 111)").catch(() => {});
      const killed = await child("restore", tenant, "queries", step);
      expect(killed.signal, killed.stderr).toBe("SIGKILL");
      const count = await withSession(backups.server.admin, maintenanceDatabase, (session) =>
        session.query("SELECT FROM pg_database WHERE datname = $1", [tenant.id]),
      );
      expect(count.rows).toHaveLength(1);
      // The agent may come in between.
      if (step % 2 === 0) await dropLeftovers(backups.server.admin, [tenant.id]);
      const again = await child("restore", tenant, "queries", 0);
      expect(again.exitCode, again.stderr).toBe(0);
      expect((await tenant.query("SELECT count(*) FROM t")).rows).toEqual([{ count: "100" }]);
      expect((await leftovers(tenant.id)).logins).toBe(0);
      expect(new Set((await leftovers(tenant.id)).databases)).toEqual(new Set([tenant.id, `${tenant.id}_old_*`]));
    }
  }, 120_000);

  it("pg_dump itself killed, or the server: an error, and nothing in the store", async () => {
    const tenant = await backups.tenant();
    await tenant.query(fill(15));
    const before = await makeBackup(backups.ground, backups.app(tenant));
    const find = () => execFileSync("pgrep", ["-f", `pg_dump.*${backups.folder}/${tenant.id}`], { encoding: "utf8" });
    const dump = makeBackup(backups.ground, backups.app(tenant)).catch((error: unknown) => error);
    const pid = await until(() => Number(attempt(find)?.trim()) || undefined, 5_000, "pg_dump");
    process.kill(pid, "SIGKILL");
    expect(await dump).toMatchObject({ code: "backup/dump-failed" });
    const second = makeBackup(backups.ground, backups.app(tenant)).catch((error: unknown) => error);
    await until(() => Number(attempt(find)?.trim()) || undefined, 5_000, "pg_dump");
    process.kill(findPostmaster(serverPaths(backups.server.record).data)!.pid, "SIGKILL");
    expect(await second).toBeInstanceOf(Error);
    await startServer(resolveHome({ LEASH_HOME: backups.server.sandbox.home }));
    expect(await list(tenant.id)).toEqual([before]);
    expect(backups.files(tenant.id)).toHaveLength(2);
    await makeBackup(backups.ground, backups.app(tenant));
    expect(await assertAllGood(tenant.id)).toHaveLength(2);
    expect((await leftovers(tenant.id)).logins).toBe(0);
  }, 60_000);

  it.skipIf(process.getuid?.() !== 0)("a full disk: told as that, and the good one stays", async () => {
    const tenant = await backups.tenant();
    await tenant.query(fill(1));
    const folder = fs.mkdtempSync(path.join(backups.server.sandbox.directory, "small-"));
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]);
    try {
      const ground = { ...backups.ground, store: createLocalStore(folder) };
      await makeBackup(ground, backups.app(tenant));
      await tenant.query(fill(5));
      await expect(makeBackup(ground, backups.app(tenant))).rejects.toMatchObject({ code: "state/disk-full" });
      const { backups: kept } = await ground.store.list(tenant.id);
      expect(kept).toHaveLength(1);
      await verifyBackup(ground, kept[0]!);
      expect(fs.readdirSync(path.join(folder, tenant.id))).toHaveLength(2);
    } finally {
      execFileSync("umount", [folder]);
    }
  });

  it.skipIf(process.getuid?.() !== 0)(
    "a store that can only be read: told as that, and what is in it restores",
    async () => {
      const [tenant, other] = [await backups.tenant(), await backups.tenant()];
      const folder = fs.mkdtempSync(path.join(backups.server.sandbox.directory, "frozen-"));
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder]);
      try {
        const ground = { ...backups.ground, store: createLocalStore(folder) };
        const spoilt = (await makeBackup(ground, backups.app(other)))!;
        fs.appendFileSync((await ground.store.open(spoilt)).file, "more");
        const made = (await makeBackup(ground, backups.app(tenant)))!;
        execFileSync("mount", ["-o", "remount,ro", folder]);
        const refusal = { code: "state/not-writable", message: expect.stringContaining("read-only") };
        for (const app of [tenant, other])
          await expect(makeBackup(ground, backups.app(app))).rejects.toMatchObject(refusal);
        await expect(ground.store.remove(made)).rejects.toMatchObject(refusal);
        expect((await ground.store.list(tenant.id)).backups).toEqual([made]);
        // What is found out is true, whether or not it can be noted.
        const unnoted: string[] = [];
        const onUnnoted = ({ code }: LeashError) => unnoted.push(code);
        await verifyBackup(ground, made, { onUnnoted });
        await drillBackup(ground, backups.app(tenant), made, { onUnnoted });
        expect(unnoted).toEqual([refusal.code, refusal.code]);
        await expect(verifyBackup(ground, made)).rejects.toMatchObject(refusal);
        await expect(drillBackup(ground, backups.app(tenant), made)).rejects.toMatchObject(refusal);
        await expect(verifyBackup(ground, spoilt)).rejects.toMatchObject({ code: "backup/corrupt" });
        await expect(drillBackup(ground, backups.app(other), spoilt)).rejects.toMatchObject({ code: "backup/corrupt" });
        const { file } = await ground.store.open(made);
        const { dump, evidence, databaseBytes } = made;
        const source = { file, dump, evidence, databaseBytes, foreignGrants: false };
        await restoreDatabase(ground, { description: tenant.description }, source, { sourceId: made.id });
      } finally {
        execFileSync("umount", [folder]);
      }
    },
  );

  it("a table that the app holds: told as that, after the wait", async () => {
    const tenant = await backups.tenant();
    await tenant.query("CREATE TABLE t (n int)");
    const holder = await tenant.login();
    await holder.query("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
    const began = performance.now();
    const options = { lockWaitTimeoutMs: 700 };
    await expect(makeBackup(backups.ground, backups.app(tenant), options)).rejects.toMatchObject({
      code: "backup/locked",
    });
    expect(performance.now() - began).toBeGreaterThan(600);
    await holder.end();
    expect(await makeBackup(backups.ground, backups.app(tenant), options)).toBeDefined();
    expect(await leftovers(tenant.id)).toEqual({ logins: 0, databases: [tenant.id] });
  });

  it("one byte changed in a stored dump is found, wherever it is", async () => {
    const tenant = await backups.tenant();
    await tenant.query(fill(1));
    const made = (await makeBackup(backups.ground, backups.app(tenant)))!;
    const { file } = await backups.ground.store.open(made);
    const whole = fs.readFileSync(file);
    for (const at of [0, 10, 1_000, Math.floor(whole.length / 2), whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 1;
      fs.writeFileSync(file, changed);
      await expect(verifyBackup(backups.ground, made), `byte ${at}`).rejects.toMatchObject({ code: "backup/corrupt" });
      // Retention and drills look for another one now.
      expect((await list(tenant.id))[0]!.verifiedAt).toBeNull();
    }
    fs.writeFileSync(file, whole.subarray(0, whole.length - 100));
    await expect(verifyBackup(backups.ground, made)).rejects.toMatchObject({ code: "backup/corrupt" });
    fs.writeFileSync(file, whole);
    await verifyBackup(backups.ground, made);
    const isListedAsGood = async () => (await list(tenant.id))[0]!.verifiedAt !== null;
    expect(await isListedAsGood()).toBe(true);
    // By hand, or by a file system that has lost it: the schedule makes another one.
    fs.truncateSync(file, whole.length - 1);
    expect(await isListedAsGood()).toBe(false);
    fs.rmSync(file);
    expect(await isListedAsGood()).toBe(false);
    await expect(verifyBackup(backups.ground, made)).rejects.toMatchObject({ code: "backup/corrupt" });
  });

  it("an empty or a lacking dump is never called good", async () => {
    const tenant = await backups.tenant();
    await tenant.query("CREATE TABLE t (n int)");
    const [dumper] = backups.ground.clients.dumpers;
    const lying = (write: (file: string) => void) => ({
      ...backups.ground,
      clients: {
        ...backups.ground.clients,
        dumpers: [{ ...dumper!, write: async (_: unknown, file: string) => write(file) }],
      },
    });
    const bad: ((file: string) => void)[] = [
      (file) => fs.writeFileSync(file, ""),
      (file) => fs.writeFileSync(file, "PGDMP"),
      () => {},
    ];
    for (const write of bad) {
      await expect(makeBackup(lying(write), backups.app(tenant))).rejects.toBeInstanceOf(Error);
    }
    const other = await backups.tenant();
    const empty = (await makeBackup(backups.ground, backups.app(other)))!;
    const { file: source } = await backups.ground.store.open(empty);
    const copy = lying((file) => fs.copyFileSync(source, file));
    await expect(makeBackup(copy, backups.app(tenant))).rejects.toMatchObject({ code: "backup/corrupt" });
    expect(backups.files(tenant.id)).toEqual([]);
  });

  it("two at once make one after the other, and neither prunes the other's app", async () => {
    const [one, two] = [await backups.tenant(), await backups.tenant()];
    const outcomes = await Promise.allSettled([
      makeBackup(backups.ground, backups.app(one)),
      makeBackup(backups.ground, backups.app(one)),
      makeBackup(backups.ground, backups.app(two)),
    ]);
    const failed = outcomes.filter((outcome) => outcome.status === "rejected");
    for (const { reason } of failed) expect(reason).toMatchObject({ code: "tenancy/one-at-a-time" });
    expect(await list(one.id)).toHaveLength(2 - failed.length);
    const similar = path.join(backups.folder, `${one.id}2`);
    fs.cpSync(path.join(backups.folder, one.id), similar, { recursive: true });
    for (const backup of await list(one.id)) await backups.ground.store.remove(backup);
    await backups.ground.store.tidy(one.id);
    expect(backups.files(one.id)).toEqual([]);
    expect(fs.readdirSync(similar)).not.toEqual([]);
    expect(await list(two.id)).toHaveLength(1);
  });
});

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
