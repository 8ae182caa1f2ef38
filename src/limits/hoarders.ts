import {
  type Activity,
  type Holding,
  readLocks,
  readNotificationQueue,
  readTemporaryFiles,
  terminateMassHolders,
  terminateSession,
} from "./activity";
import { appOf, limitsOf } from "./sessions";
import type { Look, Watch } from "./watch";

interface Hoarder {
  activity: Activity;
  app: string;
  amount: number;
}

/** Ends sessions that hold too many locks, idle ones too: all of the server's are in one table, which fills in half a second. */
export async function endLockHoarders(watch: Watch, look: Look): Promise<void> {
  const { limits } = watch;
  const locks = await readLocks(look.session);
  const overLocks = (one: Holding) => one.amount > limits.locks || one.advisory > limits.advisoryLocks;
  for (const { activity, app, amount } of findHoarders(look, locks, limits.appLocks, overLocks)) {
    await terminateSession(look.session, activity);
    watch.tell({ kind: "locks-ended", app, detail: { pid: activity.pid, locks: amount } });
    if (amount > limits.offenceLocks) await watch.shutOuts.note(look.session, app);
  }
}

/** Ends who holds all the locks, by a session that can take none. */
export async function makeLocksFree(watch: Watch, session: Look["session"]): Promise<void> {
  const ended = await terminateMassHolders(session, watch.limits);
  for (const { pid, amount: locks, database } of ended) {
    const { rows } = await session
      .query<{ app: string }>("SELECT datname AS app FROM pg_catalog.pg_database WHERE oid = $1::oid", [database])
      .catch(() => ({ rows: [] }));
    const app = rows[0]?.app ?? null;
    watch.tell({ kind: "locks-ended", app, detail: { pid, locks } });
    if (app !== null && locks > watch.limits.offenceLocks) await watch.shutOuts.note(session, app);
  }
}

/** Ends sessions that hold too much of what else all apps share. */
export async function endHoarders(watch: Watch, look: Look): Promise<void> {
  const { limits } = watch;
  const files = await readTemporaryFiles(look.session);
  for (const { activity, app, amount } of findHoarders(look, files, limits.temporaryBytes)) {
    await terminateSession(look.session, activity);
    watch.tell({ kind: "temporary-ended", app, detail: { pid: activity.pid, bytes: amount } });
  }
  await endListeners(watch, look);
}

/** Sessions that hold too much by themselves, and the largest of an app until what is left is within its limit. */
function findHoarders<One extends Pick<Holding, "pid" | "amount">>(
  { activity, tenants }: Look,
  holdings: readonly One[],
  appLimit: number,
  isOver: (one: One) => boolean = () => false,
): Hoarder[] {
  const hoarders: Hoarder[] = [];
  const kept = new Map<string, number>();
  for (const holding of [...holdings].sort((a, b) => a.amount - b.amount)) {
    const session = activity.find((one) => one.pid === holding.pid);
    const app = session && appOf(session, tenants);
    if (!session || app === undefined) continue;
    const sum = (kept.get(app) ?? 0) + holding.amount;
    if (isOver(holding) || sum > appLimit) hoarders.push({ activity: session, app, amount: holding.amount });
    else kept.set(app, sum);
  }
  return hoarders;
}

/** Who listens in a long transaction, or does not read, keeps every app's notifications in one queue of 8 GB. */
async function endListeners(watch: Watch, { session, activity, tenants }: Look): Promise<void> {
  if ((await readNotificationQueue(session)) < watch.limits.notificationQueue) return;
  for (const one of activity) {
    const owner = limitsOf(one, tenants);
    const ageMs = Math.round(one.transactionMs ?? 0);
    // One statement may take its time: it is most likely none that listens.
    const mayTake =
      watch.limits.notificationMs + (one.state === "active" ? (owner?.limits.statementTimeoutMs ?? 0) : 0);
    if (!owner || ageMs < mayTake) continue;
    await terminateSession(session, one);
    watch.tell({ kind: "notifications-ended", app: owner.app, detail: { pid: one.pid, ageMs } });
  }
}
