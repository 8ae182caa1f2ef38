// Backups against bare pg_dump: a large database, and many small ones.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);
const MiB = 1024 ** 2;

/** Half of it compresses, half does not. */
const fill = (megabytes) => `
  CREATE TABLE rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT now(), kind text, body text);
  INSERT INTO rows (kind, body) SELECT 'kind ' || n % 100, repeat('text ', 60) || md5(random()::text) || md5(random()::text)
    || md5(random()::text) || md5(random()::text) FROM generate_series(1, ${Math.round(megabytes * 1900)}) n`;

export async function benchBackup(home, { megabytes, databases }) {
  process.env.LEASH_HOME = home;
  process.env.LEASH_AGENT = "off";
  const from = (name) => require(`../dist/src/${name}.js`);
  const { startServer, stopServer, administratorServer } = from("platform/server");
  const { resolveHome } = from("platform/home");
  const { findClients } = from("backup/ground");
  const { createLocalStore } = from("backup/local-store");
  const { makeBackup } = from("backup/backup");
  const { BackupScheduler } = from("backup/scheduler");
  const { parseBackupSettings } = from("backup/settings");
  const { findNativeClients } = from("backup/native/find");
  const { reconcileAppDatabase } = from("tenancy/reconcile");
  const { describeAppDatabase } = from("tenancy/describe");
  const { createAppId } = from("identifier");
  const { openSession } = from("connection/open");

  const record = await startServer(resolveHome());
  const server = administratorServer(record);
  const { socketDirectory } = record;
  const [client] = findNativeClients().filter(({ major }) => major >= 18);
  if (!client) throw new Error("It takes a native pg_dump 18: name its folder in LEASH_POSTGRES_CLIENT_BIN.");
  const make = async (plan, statements) => {
    const [id, password] = [createAppId(), randomBytes(16).toString("hex")];
    await reconcileAppDatabase(server, describeAppDatabase({ id, plan }), { credential: { password } });
    const session = await openSession({
      ...{ socketDirectory, port: 5432, user: id, password, database: id, statementTimeoutMs: 0 },
    });
    await session.query(statements);
    await session.end();
    return { id, plan, name: null };
  };
  const folder = path.join(home, "bench");
  fs.mkdirSync(folder, { recursive: true });
  const bare = (id) =>
    execFileSync(path.join(client.bin, "pg_dump"), ["-Fc", "-f", path.join(folder, "bare.dump"), id], {
      env: { PGHOST: socketDirectory, PGPORT: "5432", PGUSER: "leash_admin", PGPASSWORD: record.password },
    });
  const ground = {
    ...{ server, socketDirectory, store: createLocalStore(path.join(folder, "store")) },
    clients: findClients({ LEASH_POSTGRES_CLIENT_BIN: client.bin }),
  };
  const timed = async (work) => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };
  const results = {};
  try {
    if (megabytes > 0) {
      console.error(`Making a database of ${megabytes} MB…`);
      const app = await make("team", fill(megabytes));
      bare(app.id);
      let peak = 0;
      const before = process.memoryUsage.rss();
      const watch = setInterval(() => {
        peak = Math.max(peak, process.memoryUsage.rss());
      }, 50);
      const times = { bare: [], ours: [] };
      for (let round = 0; round < 3; round++) {
        times.bare.push(await timed(() => bare(app.id)));
        times.ours.push(await timed(() => makeBackup(ground, app)));
      }
      clearInterval(watch);
      const { backups } = await ground.store.list(app.id);
      const median = (values) => values.toSorted((a, b) => a - b)[1];
      Object.assign(results, {
        databaseBytes: backups[0].databaseBytes,
        large: [median(times.ours), median(times.bare)],
        memory: [before, peak],
      });
    }
    if (databases > 0) {
      console.error(`Making ${databases} databases…`);
      const statements =
        "CREATE TABLE t (n int PRIMARY KEY, x text); INSERT INTO t SELECT n, n FROM generate_series(1, 500) n";
      const apps = [];
      for (let i = 0; i < databases; i++) apps.push(await make("free", statements));
      bare(apps[0].id);
      const bareMs = await timed(() => {
        for (const { id } of apps) bare(id);
      });
      const failed = [];
      // Midnight of a day on which all of them are due.
      const now = new Date(Date.now() + 36 * 3_600_000);
      const scheduler = new BackupScheduler({
        ...{ ground, settings: parseBackupSettings({ drill: false }, "the bench"), listApps: async () => apps },
        ...{ now: () => now, onEvent: (event) => event.kind === "backup-failed" && failed.push(event) },
      });
      const first = new BackupScheduler({
        ...{ ground, settings: parseBackupSettings({ drill: false }, "the bench"), listApps: async () => apps },
        now: () => new Date(),
      });
      await first.look();
      await first.settled();
      const oursMs = await timed(async () => {
        await scheduler.look();
        await scheduler.settled();
      });
      const { backups } = await ground.store.list();
      const made = apps.filter(({ id }) => backups.some((backup) => backup.app === id)).length;
      if (made !== databases || failed.length > 0) throw new Error(`${made} of ${databases}, ${failed.length} failed`);
      results.small = [oursMs, bareMs];
    }
  } finally {
    await stopServer(resolveHome());
  }
  return results;
}

export function reportBackup({ large, small, memory, databaseBytes }, { databases }) {
  if (large) {
    const rate = (ms) => `${(databaseBytes / MiB / (ms / 1000)).toFixed(0)} MB/s`;
    console.log(
      `one database of ${(databaseBytes / MiB).toFixed(0)} MB: ${rate(large[0])} against ${rate(large[1])} of bare pg_dump -Fc,`,
    );
    console.log(
      `  throughput ${(large[1] / large[0]).toFixed(2)} of it (goal ≥ 0.95); memory ${memory.map((b) => (b / MiB).toFixed(0)).join(" → ")} MB`,
    );
  }
  if (small) {
    console.log(
      `${databases} small databases: ${(small[0] / 1000).toFixed(1)} s against ${(small[1] / 1000).toFixed(1)} s of a bare loop, ${(small[0] / small[1]).toFixed(2)} (goal ≤ 1.3)`,
    );
  }
}
