import { parseOneOffName } from "../tenancy/one-off";
import { type OneOffLimits, oneOffKinds } from "../tenancy/one-off-kinds";
import type { Activity } from "./activity";
import type { Ages } from "./ages";
import type { GuardLimits } from "./limits";
import type { Tenant } from "./tenants";

export type Reason = "statement" | "idle-in-transaction" | "deaf" | "transaction" | "locks" | "autovacuum";

/** What is to be done about a session. */
export interface Verdict {
  activity: Activity;
  app: string;
  action: "cancel" | "terminate" | "give-up";
  reason: Reason;
  /** How long it had gone on, and how long it may. */
  ageMs: number;
  limitMs: number;
}

type TimeLimits = Pick<OneOffLimits, "statementTimeoutMs" | "idleInTransactionTimeoutMs" | "transactionTimeoutMs">;

/** Whose session it is and what it may take; undefined for the platform's own and for strangers. */
export function limitsOf(
  { user }: Activity,
  tenants: ReadonlyMap<string, Tenant>,
): { app: string; limits: TimeLimits } | undefined {
  if (user === null) return undefined;
  const tenant = tenants.get(user);
  if (tenant) return { app: tenant.id, limits: tenant.limits };
  const oneOff = parseOneOffName(user);
  return oneOff && { app: oneOff.app, limits: oneOffKinds[oneOff.kind] };
}

/** The app that a process works for: an autovacuum worker has no login, and runs functions of the app's indexes. */
export function appOf(activity: Activity, tenants: ReadonlyMap<string, Tenant>): string | undefined {
  if (activity.kind === "autovacuum")
    return activity.database === null ? undefined : tenants.get(activity.database)?.id;
  return limitsOf(activity, tenants)?.app;
}

const working = ["active", "fastpath function call"];
const idleInTransaction = ["idle in transaction", "idle in transaction (aborted)"];

/**
 * Judges one session.
 * @returns the verdict, or in how many milliseconds to look again at the latest
 */
export function judgeSession(
  activity: Activity,
  tenants: ReadonlyMap<string, Tenant>,
  ages: Ages,
  guard: GuardLimits,
): Verdict | number {
  const owner = limitsOf(activity, tenants);
  if (!owner) return Number.POSITIVE_INFINITY;
  const { app, limits } = owner;
  const session = `${activity.pid} ${activity.backendStart}`;
  const clocks: { reason: Reason; key: string | null; told: number | null; limitMs: number }[] = [];
  if (working.includes(activity.state ?? "")) {
    const { queryStart: key, queryMs: told } = activity;
    clocks.push({ reason: "statement", key, told, limitMs: limits.statementTimeoutMs });
  }
  if (idleInTransaction.includes(activity.state ?? "")) {
    const { stateChange: key, stateMs: told } = activity;
    clocks.push({ reason: "idle-in-transaction", key, told, limitMs: limits.idleInTransactionTimeoutMs });
  }
  if (activity.state === "idle") {
    // It sends notifications to a client that does not read: in this, it heeds nothing else, and a drop waits for it.
    const { transactionStart: key, transactionMs: told } = activity;
    clocks.push({ reason: "deaf", key, told, limitMs: limits.statementTimeoutMs });
  }
  const { transactionStart: key, transactionMs: told } = activity;
  clocks.push({ reason: "transaction", key, told, limitMs: limits.transactionTimeoutMs });

  let soonest = Number.POSITIVE_INFINITY;
  let worst: Verdict | undefined;
  for (const { reason, key, told, limitMs } of clocks) {
    if (key === null || told === null) continue;
    const ageMs = ages.of(`${session} ${reason} ${key}`, told);
    const over = ageMs - limitMs - guard.graceMs;
    // Only a message can be cancelled; a transaction that is too long has had its time.
    const steps: [number, Verdict["action"]][] = [
      [reason === "statement" ? 0 : Number.POSITIVE_INFINITY, "cancel"],
      [reason === "statement" ? guard.cancelMs : 0, "terminate"],
      [guard.cancelMs + guard.unstoppableMs, "give-up"],
    ];
    const [, action] = steps.findLast(([from]) => over >= from) ?? [];
    if (action && (!worst || rank(action) > rank(worst.action))) {
      worst = { activity, app, action, reason, ageMs, limitMs };
    }
    for (const [from] of steps) if (over < from) soonest = Math.min(soonest, from - over);
  }
  return worst ?? soonest;
}

const rank = (action: Verdict["action"]) => ["cancel", "terminate", "give-up"].indexOf(action);
