import { openSession } from "../connection/open";
import { LeashError } from "../errors";
import { type RecordedEvent, readEvents } from "../limits/events";
import { readUsage, type Usage } from "../limits/usage";
import type { PlanName } from "../plans";
import { maintenanceDatabase, withSession } from "../tenancy/session";
import { noDatabase } from "./app-environment";
import type { App } from "./app-store";
import type { Home } from "./home";
import { startPlatform } from "./platform";
import { administratorServer } from "./server";

export interface AppUsage {
  plan: PlanName;
  usage: Usage;
  /** The guard's, newest first; null where only the server's administrator may read them. */
  events: RecordedEvent[] | null;
}

const shownEvents = 5;

/**
 * What the app uses of its plan, wherever its database is.
 * @throws LeashError `db/none`, `db/out-of-reach`, `connection/…`
 */
export async function readAppUsage(home: Home, app: App): Promise<AppUsage> {
  if (app.stack?.state === "ready") return readStackUsage(app, app.stack);
  if (app.database?.state !== "ready") throw noDatabase(app);
  const { plan } = app.database;
  const server = administratorServer(await startPlatform(home));
  return withSession(server, maintenanceDatabase, async (session) => ({
    plan,
    usage: await readUsage(session, app.id, plan),
    events: await readEvents(session, app.id, shownEvents),
  }));
}

/** The administrator is the stack's; the app itself may ask as well. */
async function readStackUsage(app: App, stack: NonNullable<App["stack"]>): Promise<AppUsage> {
  const { socketDirectory, environment, plan } = stack;
  if (socketDirectory === undefined) {
    throw new LeashError("db/out-of-reach", `The database of ${app.name} is not reached by a socket of this machine.`, {
      hint: "Its server's guard tells what it uses: see its metrics.",
    });
  }
  const session = await openSession({
    ...{ socketDirectory, port: 5432, user: app.id, database: app.id, password: environment.PGPASSWORD ?? "" },
  });
  try {
    return { plan, usage: await readUsage(session, app.id, plan), events: null };
  } finally {
    await session.end();
  }
}
