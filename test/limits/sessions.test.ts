import { describe, expect, it } from "vitest";
import type { Activity } from "../../src/limits/activity";
import { Ages } from "../../src/limits/ages";
import { guardLimits } from "../../src/limits/limits";
import { judgeSession } from "../../src/limits/sessions";
import type { Tenant } from "../../src/limits/tenants";
import { plans } from "../../src/plans";

const id = "app_7k2m9qd4tx";
const tenants = new Map<string, Tenant>([[id, { id, plan: "free", limits: plans.free, standing: "open" }]]);
const seconds = 1_000;

const session = (more: Partial<Activity>): Activity => ({
  ...{ pid: 1, backendStart: "b", kind: "client", user: id, database: id, state: "idle" },
  ...{ queryStart: "q", transactionStart: null, stateChange: "s" },
  ...{ backendMs: 0, queryMs: 0, transactionMs: null, stateMs: 0 },
  ...more,
});

function judge(more: Partial<Activity>) {
  const ages = new Ages();
  ages.begin(0);
  const verdict = judgeSession(session(more), tenants, ages, guardLimits);
  return typeof verdict === "number" ? verdict : `${verdict.action} ${verdict.reason}`;
}

describe("a session", () => {
  it.each<[string, Partial<Activity>, number | string]>([
    ["that is idle may stay for ever", { stateMs: 1e9, queryMs: 1e9 }, Number.POSITIVE_INFINITY],
    ["is looked at again when its message is due", { state: "active", queryMs: 10 * seconds }, 21 * seconds],
    ["is left to the server's own timeout at 30 s", { state: "active", queryMs: 30.5 * seconds }, 500],
    ["is cancelled at 31 s", { state: "active", queryMs: 31 * seconds }, "cancel statement"],
    ["is ended at 32 s", { state: "active", queryMs: 32 * seconds }, "terminate statement"],
    ["is told of when it does not end", { state: "active", queryMs: 42 * seconds }, "give-up statement"],
    [
      "that calls by the fast path is no other",
      { state: "fastpath function call", queryMs: 33 * seconds },
      "terminate statement",
    ],
    [
      "may be idle in a transaction for a minute",
      { state: "idle in transaction", stateMs: 60.5 * seconds, transactionStart: "x", transactionMs: 61 * seconds },
      500,
    ],
    [
      "is ended after a minute of that",
      {
        state: "idle in transaction (aborted)",
        stateMs: 61 * seconds,
        transactionStart: "x",
        transactionMs: 62 * seconds,
      },
      "terminate idle-in-transaction",
    ],
    [
      "is ended after a transaction of ten minutes, whatever it does",
      { state: "active", queryMs: 1 * seconds, transactionStart: "x", transactionMs: 601 * seconds },
      "terminate transaction",
    ],
    ["of a stranger is none of ours", { user: "postgres", state: "active", queryMs: 1e9 }, Number.POSITIVE_INFINITY],
    ["of the server's own is none of ours", { user: null, state: "active", queryMs: 1e9 }, Number.POSITIVE_INFINITY],
    [
      "of a migration may take ten minutes",
      { user: "leash_migration_7k2m9qd4tx_x8k2m4q9", state: "active", queryMs: 599 * seconds },
      2 * seconds,
    ],
    [
      "of a migration is ended after that",
      { user: "leash_migration_7k2m9qd4tx_x8k2m4q9", state: "active", queryMs: 602 * seconds },
      "terminate statement",
    ],
  ])("%s", (_, more, expected) => {
    const verdict = judge(more);
    if (typeof expected === "number") expect(verdict).toBeCloseTo(expected, 5);
    else expect(verdict).toBe(expected);
  });
});
