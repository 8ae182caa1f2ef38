// The dashboard beside a busy database: how fast it tells what all apps use, and how large its first page is.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../scripts/setup.mjs";

const require = createRequire(import.meta.url);
const requests = 1_500;

export async function benchDashboard(home, count) {
  process.env.LEASH_HOME = home;
  const { resolveHome } = require("../dist/src/platform/home.js");
  const { administratorServer, startServer } = require("../dist/src/platform/server.js");
  const { createApp, saveApp } = require("../dist/src/platform/app-store.js");
  const { reconcileAppDatabase } = require("../dist/src/tenancy/reconcile.js");
  const { describeAppDatabase } = require("../dist/src/tenancy/describe.js");
  const { openSession } = require("../dist/src/connection/open.js");
  const record = await startServer(resolveHome());
  const server = administratorServer(record);

  console.error(`Making ${count} databases…`);
  const apps = [];
  for (let i = 0; i < count; i++) {
    const app = createApp(`app ${i}`, `/srv/app-${i}`);
    const database = { password: randomBytes(16).toString("hex"), plan: "team", state: "ready", injected: true };
    await reconcileAppDatabase(server, describeAppDatabase({ id: app.id, plan: "team" }), {
      credential: { password: database.password },
    });
    saveApp(resolveHome(), { ...app, database });
    apps.push({ ...app, database });
  }

  const dashboard = spawn(
    process.execPath,
    [path.join(root, "bin/leash.js"), "dashboard", "--port", "0", "--no-open"],
    {
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  const link = await new Promise((resolve) => dashboard.stdout.once("data", (chunk) => resolve(String(chunk).trim())));
  const busy = new AbortController();
  const writers = [];
  const writeIn = (some) => writers.push(...some.map((app) => write(app, openSession, record, busy.signal)));
  try {
    const { origin } = new URL(link);
    const login = await fetch(link);
    const cookie = login.headers.get("set-cookie").split(";")[0];
    const token = /name="leash-token" content="([^"]+)"/.exec(await login.text())[1];
    const headers = { cookie, "x-leash-token": token };
    const usage = async () => {
      const { apps: told } = await (await fetch(`${origin}/api/overview`, { headers })).json();
      if (told.filter((app) => app.usage !== null).length !== count) throw new Error("an app without its usage");
    };
    const nothing = async () => void (await (await fetch(`${origin}/api/jobs/none`, { headers })).text());
    await usage();
    const rows = [];
    for (const [busy, some] of [
      ["one of them writing", apps.slice(0, 1)],
      ["four of them writing, on every processor", apps.slice(1, 4)],
    ]) {
      writeIn(some);
      await sleep(2_000);
      rows.push({ busy, told: await measure(usage), floor: await measure(nothing) });
    }
    return { count, rows, page: await weigh(origin) };
  } finally {
    busy.abort();
    await Promise.all(writers);
    dashboard.kill("SIGINT");
  }
}

async function write(app, openSession, record, signal) {
  const { socketDirectory } = record;
  const login = { user: app.id, password: app.database.password, database: app.id };
  const session = await openSession({ socketDirectory, port: 5432, ...login });
  await session.query("create table t (x text)");
  while (!signal.aborted) {
    await session.query("insert into t select repeat(md5(random()::text), 30) from generate_series(1, 20000)");
    await session.query("delete from t where ctid in (select ctid from t limit 20000)");
  }
  await session.end();
}

async function measure(work) {
  const times = [];
  for (let i = 0; i < requests; i++) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
    // As a few open pages would ask.
    await sleep(5);
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.floor(times.length * share)];
  return { p50: at(0.5), p99: at(0.99), most: times.at(-1) };
}

/** Bytes of the page and of all that it names. */
async function weigh(origin) {
  const html = await (await fetch(`${origin}/`)).text();
  const names = [...html.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, name]) => name);
  const parts = await Promise.all(
    names.map(async (name) => (await (await fetch(origin + name)).arrayBuffer()).byteLength),
  );
  return Buffer.byteLength(html) + parts.reduce((sum, bytes) => sum + bytes, 0);
}

export function reportDashboard({ count, rows, page }) {
  const row = (what, { p50, p99, most }, goal) => ({
    what,
    "p50, ms": p50.toFixed(1),
    "p99, ms": p99.toFixed(1),
    "most, ms": most.toFixed(1),
    goal,
  });
  console.table(
    rows.flatMap(({ busy, told, floor }) => [
      row(`usage of ${count} apps, ${busy}`, told, "p99 < 50 ms"),
      row("a request that asks for nothing", floor, ""),
    ]),
  );
  console.log(`The first page has ${(page / 1000).toFixed(1)} kB (goal: under 150).`);
}
