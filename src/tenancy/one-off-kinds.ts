/** What a one-off login may take; milliseconds. */
export interface OneOffLimits {
  connections: number;
  statementTimeoutMs: number;
  idleInTransactionTimeoutMs: number;
  transactionTimeoutMs: number;
  /** How long it can be used to log in. */
  validMs: number;
  /** Refused to an app that is over its plan's storage. */
  needsRoom?: true;
  /** What a killed one left running is ended by the next; of the other kinds it is waited for. */
  endsFormer?: true;
  /** It stays itself, and sees every row of the app's: member of both of its roles, past row level security. */
  readsAll?: true;
  /** What the app's own code does in there may change nothing. */
  readsOnly?: true;
  /** Whose claim covers it, where that is another kind's: it is a step of that work. */
  partOf?: string;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

const work = {
  connections: 3,
  statementTimeoutMs: 6 * hour,
  idleInTransactionTimeoutMs: 12 * hour,
  transactionTimeoutMs: 12 * hour,
  validMs: 12 * hour,
  endsFormer: true,
} as const;

/**
 * Logins of the platform's own for work on an app's rows, which no superuser may do. Each is a member of the app's owner
 * role, becomes it at login unless it reads all, has an end, and is dropped when the work is done.
 */
export const oneOffKinds = {
  /** An app's schema migration: whole files as one message. */
  migration: {
    connections: 5,
    statementTimeoutMs: 10 * minute,
    idleInTransactionTimeoutMs: minute,
    transactionTimeoutMs: hour,
    validMs: 24 * hour,
    needsRoom: true,
  },
  /** A developer's session that makes room in a restricted app. */
  cleanup: {
    connections: 1,
    statementTimeoutMs: 10 * minute,
    idleInTransactionTimeoutMs: 5 * minute,
    transactionTimeoutMs: 30 * minute,
    validMs: hour,
  },
  /** The guard's own, that gives the space of deleted rows back. */
  reclaim: {
    connections: 1,
    statementTimeoutMs: 5 * minute,
    idleInTransactionTimeoutMs: minute,
    transactionTimeoutMs: 10 * minute,
    validMs: 15 * minute,
    endsFormer: true,
    readsOnly: true,
  },
  /** Dumps an app's database; one session more holds the snapshot. */
  dump: { ...work, readsAll: true },
  /** Puts a dump into a new database. */
  restore: work,
  /** Reads what a restored database holds. */
  compare: { ...work, readsAll: true, partOf: "restore" },
} as const satisfies Record<string, OneOffLimits>;

export type OneOffKind = keyof typeof oneOffKinds;
