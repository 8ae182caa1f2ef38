// The guard on a server of many databases: what it costs, how late it is, and how far a writer gets over its plan.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const require = createRequire(import.meta.url);
const ticksPerSecond = 100;
const MiB = 1024 ** 2;

function cpuSeconds(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

const residentBytes = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1]) * 1024;

export async function benchGuard(home, databases) {
  process.env.LEASH_HOME = home;
  process.env.LEASH_AGENT = "off";
  const { resolveHome } = require("../dist/src/platform/home.js");
  const { startServer, stopServer, administratorServer } = require("../dist/src/platform/server.js");
  const { reconcileAppDatabase } = require("../dist/src/tenancy/reconcile.js");
  const { describeAppDatabase } = require("../dist/src/tenancy/describe.js");
  const { createAppId } = require("../dist/src/identifier.js");
  const { openSession } = require("../dist/src/connection/open.js");
  const record = await startServer(resolveHome());
  const server = administratorServer(record);
  const login = ({ id, password }) =>
    openSession({ socketDirectory: record.socketDirectory, port: 5432, user: id, password, database: id });

  console.error(`Making ${databases} databases…`);
  const apps = Array.from({ length: databases }, () => ({
    id: createAppId(),
    password: randomBytes(16).toString("hex"),
  }));
  const waiting = [...apps];
  const make = async () => {
    for (let app = waiting.pop(); app; app = waiting.pop()) {
      const description = describeAppDatabase({ id: app.id, plan: "free" });
      await reconcileAppDatabase(server, description, { credential: { password: app.password } });
    }
  };
  await Promise.all(Array.from({ length: 4 }, make));

  const { LEASH_AGENT: _off, ...env } = process.env;
  const { agentArguments, leanVariables } = require("../dist/src/platform/agent-process.js");
  const start = (more = {}) =>
    spawn(process.execPath, agentArguments(), {
      ...{ env: { ...env, ...leanVariables, ...more }, stdio: ["ignore", "ignore", "inherit"] },
    });
  const end = async (agent) => {
    const ended = new Promise((resolve) => agent.once("exit", resolve));
    agent.kill("SIGTERM");
    await ended;
  };
  const rows = [await measureAlone(databases, record, start, end)];
  const agent = start();
  const admin = await server.openSession("postgres");
  const guardBackend = async () => {
    const { rows } = await admin.query(
      "select pid from pg_stat_activity where usename = 'leash_admin' and datname = 'postgres' and pid <> pg_backend_pid()",
    );
    return rows[0]?.pid;
  };
  const queries = async () => {
    const { rows } = await admin.query("select xact_commit::int as n from pg_stat_database where datname = 'postgres'");
    return rows[0].n;
  };
  try {
    await sleep(20_000);
    const measure = async (what, seconds) => {
      const backend = await guardBackend();
      const [cpu, cpuServer, ran] = [cpuSeconds(agent.pid), cpuSeconds(backend), await queries()];
      await sleep(seconds * 1000);
      rows.push({
        what,
        "guard, % of a core": (((cpuSeconds(agent.pid) - cpu) / seconds) * 100).toFixed(2),
        "its backend, %": (((cpuSeconds(backend) - cpuServer) / seconds) * 100).toFixed(2),
        "queries / s": (((await queries()) - ran) / seconds).toFixed(1),
        "memory, MB": (residentBytes(agent.pid) / MiB).toFixed(0),
      });
    };
    await measure(`${databases} databases, nothing runs; it makes backups too`, 60);

    const chatting = new AbortController();
    const chats = apps.slice(0, 20).map(async (app) => {
      const session = await login(app);
      while (!chatting.signal.aborted) {
        await session.query("select count(*) from pg_class");
        await sleep(50);
      }
      await session.end();
    });
    await sleep(5_000);
    await measure("20 of them in use", 30);
    chatting.abort();
    await Promise.all(chats);

    const late = await Promise.all(
      apps.slice(20, 25).map(async (app) => {
        const session = await login(app);
        const began = performance.now();
        await session.query("set statement_timeout = 0; select pg_sleep(100)").catch(() => {});
        const ms = performance.now() - began;
        await session.end().catch(() => {});
        return ms - 30_000;
      }),
    );
    const lateness = late.map((ms) => `${(ms / 1000).toFixed(2)} s`).join(", ");

    const overshoots = [];
    for (const writers of [1, 10]) overshoots.push(await overshoot(apps[30 + writers], writers, login, admin));
    return { rows, lateness, overshoots, fairness: await fairness(apps.slice(50, 52), login) };
  } finally {
    await admin.end();
    await end(agent);
    await stopServer(resolveHome());
  }
}

/** The guard by itself, as in a container; the embedded server's agent makes backups too. */
async function measureAlone(databases, record, start, end) {
  const file = `${record.directory}/bench.password`;
  fs.writeFileSync(file, record.password, { mode: 0o600 });
  const guard = start({ LEASH_AGENT_PASSWORD_FILE: file, LEASH_AGENT_SOCKET_DIRECTORY: record.socketDirectory });
  await sleep(20_000);
  const [cpu, seconds] = [cpuSeconds(guard.pid), 40];
  await sleep(seconds * 1000);
  const row = {
    what: `${databases} databases, the guard alone`,
    "guard, % of a core": (((cpuSeconds(guard.pid) - cpu) / seconds) * 100).toFixed(2),
    "memory, MB": (residentBytes(guard.pid) / MiB).toFixed(0),
  };
  await end(guard);
  fs.rmSync(file);
  return row;
}

/** Full-speed writers from an empty database on, until the guard has stopped them. */
async function overshoot(app, writers, login, admin) {
  const size = async () =>
    Number(
      (await admin.query("select pg_database_size($1::name) - pg_database_size('template0') as n", [app.id])).rows[0].n,
    );
  const first = await login(app);
  for (let n = 0; n < writers; n++) await first.query(`create table t${n} (x text)`);
  await first.end();
  let most = 0;
  const began = performance.now();
  let ends = false;
  const work = Array.from({ length: writers }, async (_, n) => {
    while (!ends) {
      try {
        const session = await login(app);
        try {
          for (;;)
            await session.query(`insert into t${n} select repeat('x', 2000) || i from generate_series(1, 2000) i`);
        } finally {
          await session.end().catch(() => {});
        }
      } catch (error) {
        if (/permission denied/.test(error.message)) return;
        await sleep(5);
      }
    }
  });
  const watching = (async () => {
    while (!ends) {
      most = Math.max(most, await size());
      await sleep(20);
    }
  })();
  await Promise.all(work);
  const ms = performance.now() - began;
  ends = true;
  await watching;
  most = Math.max(most, await size());
  return { writers, mb: most / MiB, over: most / MiB - 50, ms, rate: most / MiB / (ms / 1000) };
}

/** A neighbour's small transactions, alone and beside an app that does all that it may. */
async function fairness([neighbour, attacker], login) {
  const session = await login(neighbour);
  await session.query(
    "create table t (id int primary key, n int); insert into t select i, 0 from generate_series(1, 1000) i",
  );
  const p99 = async (seconds) => {
    const times = [];
    for (const end = performance.now() + seconds * 1000; performance.now() < end; ) {
      const began = performance.now();
      await session.query(`update t set n = n + 1 where id = ${1 + Math.floor(Math.random() * 1000)}`);
      times.push(performance.now() - began);
      await sleep(5);
    }
    return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)];
  };
  await p99(2);
  const alone = await p99(15);
  let ends = false;
  const attack = Array.from({ length: 10 }, async (_, n) => {
    while (!ends) {
      const mean = await login(attacker).catch(() => undefined);
      if (!mean) continue;
      const work = [
        "select count(*) from generate_series(1, 1e11)",
        "select count(pg_advisory_lock(i)) from generate_series(1, 900) i",
      ];
      await mean.query(`set statement_timeout = 0; ${work[n % 2]}`).catch(() => {});
      await mean.end().catch(() => {});
    }
  });
  await sleep(1_000);
  const beside = await p99(40);
  ends = true;
  await session.end();
  void Promise.all(attack);
  return { alone, beside };
}

export function reportGuard({ rows, lateness, overshoots, fairness: { alone, beside } }) {
  console.table(rows);
  console.log("The goal is under 2 % of a core and 60 MB.");
  console.log(`From 30.0 s to the end of a statement that has lifted its limit: ${lateness}.`);
  console.log(
    `A neighbour's update: p99 ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside ten sessions of an attacker ` +
      `(${(beside / alone).toFixed(1)} times; the machine has ${availableParallelism()} cores).`,
  );
  for (const { writers, mb, over, ms, rate } of overshoots) {
    console.log(
      `A plan of 50 MB with ${writers} writer(s) at full speed: stopped at ${mb.toFixed(0)} MB, ${over.toFixed(0)} over, ` +
        `after ${(ms / 1000).toFixed(1)} s (${rate.toFixed(0)} MB/s; what is over is ${(over / rate).toFixed(2)} s of writing).`,
    );
  }
}
