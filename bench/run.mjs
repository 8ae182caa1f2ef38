// `npm run bench [-- --apps 1,10,100 | --databases 1000 | --backup 1024,200 | --dashboard 100]`: ratios against a floor in the same run, so
// that they mean the same on every machine. `--apps` says how many apps Pulumi's part makes, `--databases` how many the
// guard looks after, `--backup` the megabytes of the large database that is backed up and the number of small ones, `--dashboard` the
// apps that it shows; each leaves out the rest.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { root, setUp } from "../scripts/setup.mjs";
import { benchBackup, reportBackup } from "./backup.mjs";
import { benchDashboard, reportDashboard } from "./dashboard.mjs";
import { benchGuard, reportGuard } from "./guard.mjs";
import { benchPulumi, hasEngine } from "./pulumi.mjs";

if (!process.env.LEASH_BENCH_AS_IS) setUp();
const { apps, databases, backup, dashboard } = parseArgs({
  options: {
    apps: { type: "string" },
    databases: { type: "string" },
    backup: { type: "string" },
    dashboard: { type: "string" },
  },
}).values;
const require = createRequire(import.meta.url);
const cli = path.join(root, "bin/leash.js");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "leash-bench-"));
fs.chmodSync(folder, 0o755);
process.env.LEASH_HOME = path.join(folder, "home");
const { PGHOST, ...env } = process.env;
const quiet = { env, stdio: ["ignore", "ignore", "inherit"] };

function timed(work) {
  const begin = performance.now();
  work();
  return performance.now() - begin;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/**
 * Medians of two pieces of work that take turns, so that both see the same machine. What a piece returns is called when
 * its time has been taken.
 */
async function compare(rounds, one, other) {
  const times = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const [index, work] of [one, other].entries()) {
      const begin = performance.now();
      const cleanUp = await work();
      const ms = performance.now() - begin;
      if (round > 0) times[index].push(ms); // the first round warms up
      await cleanUp?.();
    }
  }
  return times.map(median);
}

const node = (...args) => {
  const { status } = spawnSync(process.execPath, args, quiet);
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}`);
};
const floor = () => node("-e", "0");
const rows = [];
const row = (what, [ms, floorMs], against, goal) =>
  rows.push({
    what,
    ms: ms.toFixed(0),
    against,
    "its ms": floorMs.toFixed(0),
    ratio: (ms / floorMs).toFixed(2),
    goal: goal ? `≤ ${goal}` : "",
  });

async function benchComponents(counts) {
  const { resolveHome } = require("../dist/src/platform/home.js");
  const { startServer } = require("../dist/src/platform/server.js");
  if (hasEngine()) await benchPulumi(folder, await startServer(resolveHome()), row, counts);
  else console.warn("SKIPPED: the components, for want of the pulumi command");
}

async function benchAll() {
  row("leash --version", await compare(40, () => node(cli, "--version"), floor), "node -e 0", 1.3);
  for (const example of ["express-pg", "flask-sqlalchemy", "go-pgx"]) {
    const app = path.join(root, "examples", example);
    row(`leash detect ${example}`, await compare(40, () => node(cli, "detect", app), floor), "node -e 0", 1.6);
  }

  const app = path.join(folder, "app");
  fs.mkdirSync(app);
  fs.writeFileSync(path.join(app, "requirements.txt"), "psycopg\n");
  const deploy = () => node(cli, "deploy", app, "--choice", "create");
  const cold = timed(deploy);
  row("second deploy, nothing to do", await compare(15, deploy, floor), "node -e 0");

  // The reconcile of a new app against psql, which runs the same statements from a file.
  const { resolveHome } = require("../dist/src/platform/home.js");
  const { administratorServer, startServer } = require("../dist/src/platform/server.js");
  const { readServerRecord, serverPaths } = require("../dist/src/platform/server-record.js");
  const { describeAppDatabase } = require("../dist/src/tenancy/describe.js");
  const { reconcileAppDatabase } = require("../dist/src/tenancy/reconcile.js");
  const { dropAppDatabase } = require("../dist/src/tenancy/drop.js");
  const { createAppId } = require("../dist/src/identifier.js");
  const record = await startServer(resolveHome());
  const server = administratorServer(record);
  const password = "0".repeat(48);
  const make = async () => {
    const id = createAppId();
    const differences = await reconcileAppDatabase(server, describeAppDatabase({ id, plan: "free" }), {
      credential: { password },
    });
    return { id, statements: differences.flatMap((difference) => difference.statements) };
  };
  const sample = await make();
  const inside = sample.statements.findIndex((statement) => statement.startsWith("ALTER SCHEMA"));
  const psqlEnv = { ...env, PGHOST: record.socketDirectory, PGUSER: "leash_admin", PGPASSWORD: record.password };
  const viaPsql = () => {
    const id = createAppId();
    const text = sample.statements.toSpliced(inside, 0, `\\connect ${id}`).join(";\n").replaceAll(sample.id, id);
    const file = path.join(folder, "app.sql");
    fs.writeFileSync(file, `${text.replace(`\\connect ${id};`, `\\connect ${id}`)};\n`);
    const { status } = spawnSync("psql", ["-qX", "-v", "ON_ERROR_STOP=1", "-d", "postgres", "-f", file], {
      env: psqlEnv,
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) throw new Error("psql failed");
    return () => dropAppDatabase(server, id);
  };
  const viaReconcile = async () => {
    const { id } = await make();
    return () => dropAppDatabase(server, id);
  };
  if (spawnSync("psql", ["--version"]).status === 0) {
    row("reconcile of a new app", await compare(25, viaReconcile, viaPsql), "psql -f, the same statements", 1.2);
  } else {
    console.warn("SKIPPED: the reconcile against psql, which is not installed");
  }

  // The first deploy on a machine that has never seen leash, against what PostgreSQL itself needs for initdb.
  const { ensureBinaries } = require("../dist/src/platform/binaries.js");
  const { bin } = ensureBinaries(serverPaths(readServerRecord(resolveHome())).installs, undefined, {});
  const user = fs.statSync(serverPaths(record).data);
  const bare = timed(() => {
    const data = path.join(folder, "bare");
    fs.mkdirSync(data);
    fs.chownSync(data, user.uid, user.gid);
    const options = { uid: user.uid, gid: user.gid, cwd: data, stdio: "ignore" };
    const { status } = spawnSync(path.join(bin, "initdb"), ["-D", data, "--no-locale", "-E", "UTF8", "-k"], options);
    if (status !== 0) throw new Error("initdb failed");
  });
  row("first deploy on a cold machine", [cold, bare], "initdb alone");
  await benchComponents([1, 10]);
}

try {
  if (databases) {
    reportGuard(await benchGuard(process.env.LEASH_HOME, Number(databases)));
  } else if (backup) {
    const [megabytes, small] = backup.split(",").map(Number);
    reportBackup(await benchBackup(process.env.LEASH_HOME, { megabytes, databases: small }), { databases: small });
  } else if (dashboard) {
    reportDashboard(await benchDashboard(process.env.LEASH_HOME, Number(dashboard)));
  } else {
    await (apps ? benchComponents(apps.split(",").map(Number)) : benchAll());
    console.table(rows);
  }
} finally {
  spawnSync(process.execPath, [cli, "stop"], { env, stdio: "ignore" });
  fs.rmSync(folder, { recursive: true, force: true });
}
