import { LeashError } from "./errors";

/** What a plan promises to an app; the page's "Database Limits", and the transaction limits beside them. */
export interface Plan {
  /** The name as it is shown: "Free". */
  readonly title: string;
  /** Connections that the app may hold at once. */
  readonly maxConnections: number;
  /** Milliseconds that one statement may take. */
  readonly statementTimeoutMs: number;
  /** Milliseconds that a transaction may sit idle. */
  readonly idleInTransactionTimeoutMs: number;
  /** Milliseconds that a transaction may take in all. */
  readonly transactionTimeoutMs: number;
  /** Bytes that the app's data may take; what an empty database takes does not count. */
  readonly storageBytes: number;
}

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

const everyPlan = {
  maxConnections: 10,
  statementTimeoutMs: 30_000,
  idleInTransactionTimeoutMs: 60_000,
  transactionTimeoutMs: 600_000,
} as const;

export const plans = {
  free: { title: "Free", ...everyPlan, storageBytes: 50 * MiB },
  individual: { title: "Individual", ...everyPlan, storageBytes: 500 * MiB },
  pro: { title: "Pro", ...everyPlan, storageBytes: 2 * GiB },
  team: { title: "Team", ...everyPlan, storageBytes: 10 * GiB },
} as const satisfies Record<string, Plan>;

export type PlanName = keyof typeof plans;

export const planNames = Object.keys(plans) as PlanName[];

/** @throws LeashError `plan/unknown` */
export function parsePlanName(text: string): PlanName {
  if (Object.hasOwn(plans, text)) return text as PlanName;
  throw new LeashError("plan/unknown", `There is no plan "${text}".`, {
    hint: `The plans are ${planNames.join(", ")}.`,
    exitCode: 2,
  });
}
