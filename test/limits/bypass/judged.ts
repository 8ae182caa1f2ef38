import type { Activity } from "../../../src/limits/activity";
import { Ages } from "../../../src/limits/ages";
import { guardLimits } from "../../../src/limits/limits";
import { judgeSession, type Verdict } from "../../../src/limits/sessions";
import type { Tenant } from "../../../src/limits/tenants";
import { plans } from "../../../src/plans";
import type { Attempt } from "./attempt";

const tenant: Tenant = { id: "app_0123456789", plan: "free", limits: plans.free, standing: "open" };
const tenants = new Map([[tenant.id, tenant]]);
const second = 1000;

/** Looks at a session once a second, by the guard's own clock. `at` tells how it is at each second. */
function watch(at: (seconds: number) => Partial<Activity>, forSeconds: number): [number, Verdict] | undefined {
  const ages = new Ages();
  for (let now = 0; now <= forSeconds; now++) {
    const seen = at(now);
    ages.begin(now * second);
    const activity: Activity = {
      ...{ pid: 1, backendStart: "b", kind: "client", user: tenant.id, database: tenant.id, state: "active" },
      ...{
        queryStart: "q",
        transactionStart: "t",
        stateChange: "s",
        backendMs: 0,
        queryMs: 0,
        transactionMs: 0,
        stateMs: 0,
      },
      ...seen,
    };
    const verdict = judgeSession(activity, tenants, ages, guardLimits);
    ages.end();
    if (typeof verdict !== "number") return [now, verdict];
  }
  return undefined;
}

const judged = (what: string, at: (seconds: number) => Partial<Activity>, seconds: number, holds: string): Attempt => ({
  ...{ what, holds },
  async run() {
    const [after, verdict] = watch(at, 700) ?? [];
    if (after !== seconds || !verdict) throw new Error(`${verdict?.action} after ${after} s, not ${seconds}`);
    return `${verdict.action === "cancel" ? "cancelled" : "ended"} by the guard's clock`;
  },
});

/** What would take minutes: judged as the guard judges it, on a clock of the test's. */
export const judgedAttempts: Attempt[] = [
  judged(
    "string statements of 29 s together in one transaction, pipelined or not",
    (now) => ({ queryStart: `q${Math.floor(now / 29)}` }),
    601,
    "the plan's 10 minutes of a transaction",
  ),
  judged(
    "touch an open transaction every 50 s, so that it is never idle for long",
    (now) => ({ state: "idle in transaction", stateChange: `s${Math.floor(now / 50)}` }),
    601,
    "the plan's 10 minutes of a transaction",
  ),
  judged(
    "read no notifications, which an idle session sends in a transaction",
    () => ({ state: "idle", queryMs: null }),
    31,
    "the guard: a statement's time, for a session that is idle and yet in a transaction",
  ),
  judged(
    "run while the server's wall clock is set back",
    (now) => ({ queryMs: -1000 * now }),
    31,
    "the guard goes by its own monotonic clock",
  ),
  {
    what: "use a processor all day in statements of 29 s, each in a transaction of its own",
    holds: "nothing: shares of processor and disk are not held",
    async run() {
      if (
        watch((now) => ({ queryStart: `q${Math.floor(now / 29)}`, transactionStart: `t${Math.floor(now / 29)}` }), 3600)
      ) {
        throw new Error("it was ended");
      }
      return "allowed";
    },
  },
];
