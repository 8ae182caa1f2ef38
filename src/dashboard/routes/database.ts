import { Hono } from "hono";
import { redactUrl } from "../../connection/redact";
import { readAppSessions } from "../../limits/app-sessions";
import { describeEvent, eventKinds, type RecordedEvent, readEvents } from "../../limits/events";
import { readHistory } from "../../limits/history";
import { readUsage } from "../../limits/usage";
import { plans } from "../../plans";
import { leashUrl, noDatabase } from "../../platform/app-environment";
import type { App, AppDatabase } from "../../platform/app-store";
import { readAppUsage } from "../../platform/app-usage";
import type { Home } from "../../platform/home";
import { changePlan, provisionDatabase, rotatePassword } from "../../platform/provision";
import { administratorServer, serverStatus } from "../../platform/server";
import { readServerRecord } from "../../platform/server-record";
import { maintenanceDatabase, withSession } from "../../tenancy/session";
import type { Database, DatabaseFacts, EventFacts } from "../api";
import { appOf, type Desk, startJob } from "../desk";
import { RequestError, toFault } from "../failure";
import { readRequest, requests } from "../requests";
import { originOf } from "./overview";

const shownEvents = 50;

export function databaseRoutes(desk: Desk): Hono {
  return new Hono()
    .get("/apps/:app/database", async (context) => {
      const app = appOf(desk, context);
      const database: Database = { origin: originOf(app), database: await readFacts(desk.home, app) };
      return context.json(database);
    })
    .post("/apps/:app/database", async (context) => {
      const { plan } = await readRequest(context, requests.plan);
      const app = appOf(desk, context);
      assertNoStack(app);
      const job = startJob(desk, app, "create-database", async (progress) => {
        await provisionDatabase(desk.home, app, plan, progress);
        return "The database is there, and DATABASE_URL is injected. Restart the app.";
      });
      return context.json(job, 202);
    })
    .post("/apps/:app/database/url", (context) =>
      context.json({ value: leashUrl(appOf(desk, context), readServerRecord(desk.home)) }),
    )
    .put("/apps/:app/database/plan", async (context) => {
      const { plan } = await readRequest(context, requests.plan);
      const app = appOf(desk, context);
      requireLocal(app);
      const job = startJob(desk, app, "plan", async (progress) => {
        await changePlan(desk.home, app, plan, progress);
        return `The plan is ${plans[plan].title}.`;
      });
      return context.json(job, 202);
    })
    .post("/apps/:app/database/rotate", (context) => {
      const app = appOf(desk, context);
      requireLocal(app);
      const job = startJob(desk, app, "rotate", async (progress) => {
        await rotatePassword(desk.home, app, progress);
        return "The database has a new password. Restart the app, so that it connects with it.";
      });
      return context.json(job, 202);
    });
}

/** @throws RequestError 409 `db/not-here`; LeashError `db/none` */
function requireLocal(app: App): AppDatabase {
  assertNoStack(app);
  if (app.database?.state === "ready") return app.database;
  throw noDatabase(app);
}

function assertNoStack({ name, stack }: App): void {
  if (!stack) return;
  throw new RequestError(409, "db/not-here", `The database of ${name} is that of its Pulumi stack ${stack.name}.`, {
    hint: "Change leash:plan or leash:rotate in the stack's configuration.",
  });
}

async function readFacts(home: Home, app: App): Promise<DatabaseFacts | null> {
  const made = [app.database, app.stack].find((one) => one?.state === "ready");
  if (!made) return null;
  const facts: DatabaseFacts = {
    ...{ id: app.id, plan: made.plan, managedBy: app.stack ? "pulumi" : "leash", pool: app.database?.pool ?? false },
    ...{
      url: redactUrl(leashUrl(app, readServerRecord(home))),
      usage: null,
      problem: null,
      history: [],
      sessions: [],
      events: [],
    },
  };
  try {
    return { ...facts, ...(app.stack ? await readStack(home, app) : await readOwn(home, app, made.plan)) };
  } catch (error) {
    return { ...facts, problem: toFault(error).message };
  }
}

type Measured = Partial<Pick<DatabaseFacts, "usage" | "problem" | "history" | "sessions" | "events">>;

async function readStack(home: Home, app: App): Promise<Measured> {
  return { usage: (await readAppUsage(home, app)).usage };
}

async function readOwn(home: Home, { id }: App, plan: AppDatabase["plan"]): Promise<Measured> {
  const record = readServerRecord(home);
  if (!record || !serverStatus(home).running) return { problem: "The server is stopped: `leash start` starts it." };
  return withSession(administratorServer(record), maintenanceDatabase, async (session) => ({
    usage: await readUsage(session, id, plan),
    history: await readHistory(session, id),
    sessions: await readAppSessions(session, id),
    events: (await readEvents(session, id, shownEvents)).map(eventFacts),
  }));
}

function eventFacts(event: RecordedEvent): EventFacts {
  const { says, mend } = describeEvent(event);
  return { at: event.at, level: eventKinds[event.kind].level, says, mend: mend ?? null };
}
