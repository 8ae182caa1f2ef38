import fs from "node:fs";
import { errorMessage, LeashError } from "../errors";
import { describeEvent, type RecordedEvent, readEvents } from "../limits/events";
import { readUsage } from "../limits/usage";
import { describeAppDatabase, describeServerBaseline } from "../tenancy/describe";
import { auditAppDatabase, auditBaseline } from "../tenancy/reconcile";
import { maintenanceDatabase, type TenancyServer, withSession } from "../tenancy/session";
import { findAgent } from "./agent-process";
import { type App, type AppStack, listApps } from "./app-store";
import { ensureBinaries } from "./binaries";
import { assertSameMajor, clusterMajor } from "./cluster";
import { examineBackups } from "./examine-backups";
import type { Home } from "./home";
import { withLock } from "./lock";
import { findPgbouncer, findPool } from "./pool";
import { administratorServer, serverStatus } from "./server";
import { readServerRecord, serverPaths } from "./server-record";

/** One thing that was looked at. */
export interface Finding {
  ok: boolean;
  subject: string;
  says: string;
  /** How to mend it. */
  mend?: string;
}

const littleSpaceBytes = 200 * 1024 ** 2;

/** Looks at the platform and at every app's database; changes nothing. */
export async function examine(home: Home): Promise<Finding[]> {
  const findings: Finding[] = [examineHome(home)];
  const record = await attempt(findings, "server record", () => readServerRecord(home));
  const apps = (await attempt(findings, "apps", () => listApps(home))) ?? [];
  for (const app of apps) if (app.stack) findings.push(stackFinding(app.name, app.stack));
  if (!record) {
    findings.push({ ok: true, subject: "server", says: "never started; `leash deploy` or `leash start` makes it" });
    return findings;
  }
  const paths = serverPaths(record);
  await attempt(findings, "PostgreSQL's programs", async () => {
    const find = async () => ensureBinaries(paths.installs, clusterMajor(paths));
    const binaries = await withLock(home, "server", find);
    assertSameMajor(paths, binaries);
    findings.push({ ok: true, subject: "PostgreSQL's programs", says: `${binaries.version} (${binaries.bin})` });
  });
  const status = serverStatus(home);
  if (!status.running) {
    findings.push({ ok: false, subject: "server", says: "stopped", mend: "`leash start` starts it." });
    return findings;
  }
  findings.push({ ok: true, subject: "server", says: `running, process ${status.pid}` });
  await attempt(findings, "agent", async () => {
    const pid = await findAgent(home);
    const says =
      pid === undefined ? "is not running: nothing holds the apps to their limits" : `running, process ${pid}`;
    findings.push({ ok: pid !== undefined, subject: "agent", says, mend: "`leash start` starts it." });
  });
  await attempt(findings, "pool", () => {
    const wanted = apps.filter(({ database }) => database?.pool).length;
    if (wanted === 0) return;
    const { version } = findPgbouncer();
    const pid = findPool(record);
    const says =
      pid === undefined
        ? "is not running"
        : `PgBouncer ${Math.floor(version / 100)}.${version % 100}, process ${pid}, for ${wanted} ${wanted === 1 ? "app" : "apps"}`;
    findings.push({ ok: pid !== undefined, subject: "pool", says, mend: "`leash start` starts it." });
  });
  const server = administratorServer(record);
  await attempt(findings, "server baseline", async () => {
    const differences = await auditBaseline(server, describeServerBaseline());
    findings.push({
      ok: differences.length === 0,
      subject: "server baseline",
      says: differences.length === 0 ? "holds" : differences.map((d) => `${d.subject} ${d.says}`).join("; "),
      mend: "`leash stop` and `leash start` mend it.",
    });
  });
  for (const app of apps) await attempt(findings, `app ${app.name}`, () => examineApp(findings, server, app));
  await attempt(findings, "backups", async () => findings.push(...(await examineBackups(home, server, apps))));
  return findings;
}

function examineHome(home: Home): Finding {
  const subject = "state folder";
  if (!fs.existsSync(home.root)) return { ok: true, subject, says: `${home.root} is not there yet` };
  try {
    fs.accessSync(home.root, fs.constants.W_OK);
  } catch {
    return { ok: false, subject, says: `${home.root} can't be written`, mend: "Own it, or set LEASH_HOME to another." };
  }
  const { bavail, bsize } = fs.statfsSync(home.root);
  const free = bavail * bsize;
  const says = `${home.root}, ${Math.floor(free / 1024 ** 2)} MB free`;
  return { ok: free > littleSpaceBytes, subject, says, mend: "Free some space before PostgreSQL runs out of it." };
}

/** What is there is on a server that the stack alone may look at. */
function stackFinding(name: string, { name: stack, state }: AppStack): Finding {
  const subject = `app ${name}`;
  if (state === "ready") return { ok: true, subject, says: `made by the Pulumi stack ${stack}` };
  const [half, mend] = state === "creating" ? ["half made", "deploy"] : ["half removed", "db destroy"];
  return { ok: false, subject, says: `the Pulumi stack ${stack} is ${half}`, mend: `\`leash ${mend}\` completes it.` };
}

async function examineApp(findings: Finding[], server: TenancyServer, app: App): Promise<void> {
  const subject = `app ${app.name}`;
  if (app.stack) return;
  if (!app.database) {
    findings.push({ ok: true, subject, says: "has no Leash database" });
    return;
  }
  if (app.database.state !== "ready") {
    const half = app.database.state === "creating" ? "half made" : "half dropped";
    const mend =
      app.database.state === "creating" ? "`leash deploy` completes it." : "`leash db destroy` completes it.";
    findings.push({ ok: false, subject, says: `its database is ${half}`, mend });
    return;
  }
  const { plan, password } = app.database;
  const differences = await auditAppDatabase(server, describeAppDatabase({ id: app.id, plan }), {
    credential: { password },
  });
  findings.push({
    ok: differences.length === 0,
    subject,
    says: differences.length === 0 ? "all rules hold" : differences.map((d) => `${d.subject} ${d.says}`).join("; "),
    mend: `\`leash deploy --app ${JSON.stringify(app.name)}\` in its folder mends it.`,
  });
  await withSession(server, maintenanceDatabase, async (session) => {
    const { storage } = await readUsage(session, app.id, plan);
    const ok = storage.state === "ok" || storage.state === "warning";
    if (!ok)
      findings.push({ ok, subject, says: `is ${storage.state}: it is over its plan's storage`, mend: seeUsage(app) });
    for (const event of (await readEvents(session, app.id, recentEvents)).filter(isRecent)) {
      findings.push({
        ok: true,
        subject,
        says: `${event.at.slice(0, 19).replace("T", " ")} ${describeEvent(event).says}`,
      });
    }
  });
}

const seeUsage = (app: App) => `\`leash db usage --app ${JSON.stringify(app.name)}\` says what can be done.`;

const recentEvents = 3;
const isRecent = ({ at }: RecordedEvent) => Date.now() - Date.parse(at) < 24 * 3_600_000;

/** A part that can't even be looked at is a finding too. */
async function attempt<Result>(
  findings: Finding[],
  subject: string,
  look: () => Result | Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await look();
  } catch (error) {
    const mend = error instanceof LeashError ? error.hint : undefined;
    findings.push({ ok: false, subject, says: errorMessage(error), ...(mend ? { mend } : {}) });
    return undefined;
  }
}
