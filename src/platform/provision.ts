import { randomBytes } from "node:crypto";
import { errorCode, LeashError } from "../errors";
import type { PlanName } from "../plans";
import { describeAppDatabase } from "../tenancy/describe";
import { dropAppDatabase } from "../tenancy/drop";
import { reconcileAppDatabase } from "../tenancy/reconcile";
import { maintenanceDatabase, type TenancyServer, withSession } from "../tenancy/session";
import { endTransactions } from "../tenancy/terminate";
import { databaseVariable } from "./app-environment";
import { type App, type AppDatabase, rereadApp, saveApp } from "./app-store";
import type { Home } from "./home";
import { withLock } from "./lock";
import { startPlatform } from "./platform";
import { ensurePool, findPgbouncer } from "./pool";
import { administratorServer, type Progress } from "./server";
import { readServerRecord } from "./server-record";

/** Changes an app's record under its lock, on the record as it is by then. */
export async function updateApp(home: Home, app: App, change: (app: App) => App | Promise<App>): Promise<App> {
  return withLock(home, app.id, async () => {
    const changed = await change(rereadRequiredApp(home, app));
    saveApp(home, changed);
    return changed;
  });
}

/**
 * Makes sure that the app has its database, with the rules of its plan, and takes its DATABASE_URL from it. The record
 * is written before the server is touched, so an interrupted call is completed by the next one.
 * The user's own DATABASE_URL, if there was one, makes way.
 * @param plan the one to have; without it a database that is there keeps its plan, and a new one is Free
 */
export async function provisionDatabase(
  home: Home,
  app: App,
  plan: PlanName | undefined,
  progress: Progress,
): Promise<App> {
  const server = administratorServer(await startPlatform(home, progress));
  return withLock(home, app.id, async () => {
    let current = rereadRequiredApp(home, app);
    if (current.database?.state === "dropping") {
      await dropAppDatabase(server, current.id);
      current = { ...current, database: undefined };
    }
    const database: AppDatabase = {
      ...current.database,
      password: current.database?.password ?? createPassword(),
      plan: plan ?? current.database?.plan ?? "free",
      state: current.database?.state ?? "creating",
      injected: true,
    };
    if (!current.database) saveApp(home, { ...current, database });
    if (database.state === "creating") progress("Creating the database");
    await hold(server, current.id, database);
    const { [databaseVariable]: _replaced, ...environment } = current.environment;
    const ready: App = { ...current, environment, database: { ...database, state: "ready" } };
    if (JSON.stringify(ready) !== JSON.stringify(current)) saveApp(home, ready);
    return ready;
  });
}

/**
 * Lets the app connect through the pool, or past it again.
 * @throws LeashError `pool/…`
 */
export async function setPooling(home: Home, app: App, pool: boolean): Promise<App> {
  if (pool) findPgbouncer();
  const set = (on: boolean | undefined) =>
    updateApp(home, app, (current) =>
      current.database ? { ...current, database: { ...current.database, pool: on || undefined } } : current,
    );
  const changed = await set(pool);
  const record = readServerRecord(home);
  try {
    if (record) await ensurePool(home, record);
  } catch (error) {
    // A URL that leads nowhere is worse than no pool.
    if (pool) await set(app.database?.pool);
    throw error;
  }
  return changed;
}

/** Makes what a running server has of the app as its record says by now, and gives that record. */
export async function mendDatabase(home: Home, app: App): Promise<App> {
  const server = administratorServer(readServerRecord(home)!);
  return updateApp(home, app, async (current) => {
    if (current.database?.state === "ready") await hold(server, current.id, current.database);
    return current;
  });
}

async function hold(server: TenancyServer, id: string, { plan, password }: AppDatabase): Promise<void> {
  await reconcileAppDatabase(server, describeAppDatabase({ id, plan }), { credential: { password } });
}

/** Gives the app another password. */
export async function rotatePassword(home: Home, app: App, progress: Progress): Promise<App> {
  const rotated = await changeDatabase(home, app, { password: createPassword() }, progress);
  await ensurePool(home, readServerRecord(home)!);
  return rotated;
}

/** Changes the plan of a database that is there; what the app's environment holds stays. */
export async function changePlan(home: Home, app: App, plan: PlanName, progress: Progress): Promise<App> {
  return changeDatabase(home, app, { plan }, progress);
}

/** The record has it first, so that an interrupted call is completed by `deploy`. */
async function changeDatabase(
  home: Home,
  app: App,
  change: Partial<Pick<AppDatabase, "password" | "plan">>,
  progress: Progress,
): Promise<App> {
  const server = administratorServer(await startPlatform(home, progress));
  return updateApp(home, app, async (current) => {
    if (current.database?.state !== "ready") return current;
    const changed = { ...current, database: { ...current.database, ...change } };
    saveApp(home, changed);
    await pastTheApp(server, current.id, () => hold(server, current.id, changed.database));
    return changed;
  });
}

const attempts = 5;

/** Who has the old password can hold the app's role in an open transaction, so that it stays: that one ends. */
async function pastTheApp(server: TenancyServer, id: string, work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if (errorCode(error) !== "tenancy/blocked" || attempt === attempts) throw error;
      await withSession(server, maintenanceDatabase, (session) => endTransactions(session, id));
    }
  }
}

/** Hex: no character of it needs care in a URL, a shell or a file. */
const createPassword = () => randomBytes(24).toString("hex");

/** Drops the app's database and its roles; the app and what its user set stay. */
export async function destroyDatabase(home: Home, app: App, progress: Progress): Promise<App> {
  const server = administratorServer(await startPlatform(home, progress));
  return updateApp(home, app, async (current) => {
    if (!current.database) return current;
    saveApp(home, { ...current, database: { ...current.database, state: "dropping", injected: false } });
    await dropAppDatabase(server, current.id);
    const { database: _dropped, ...rest } = current;
    return rest;
  }).then(async (dropped) => {
    // Its verifier goes, and the pool with the last app.
    await ensurePool(home, readServerRecord(home)!).catch(() => undefined);
    return dropped;
  });
}

/** @throws LeashError `app/not-found` */
export function rereadRequiredApp(home: Home, app: App): App {
  const current = rereadApp(home, app);
  if (current) return current;
  throw new LeashError("app/not-found", `The app ${JSON.stringify(app.name)} was removed in the meantime.`, {
    hint: "Run `leash deploy` in its folder to make it anew.",
  });
}
