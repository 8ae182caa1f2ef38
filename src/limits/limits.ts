const MiB = 1024 ** 2;

/** What one of the guard's own statements may take; milliseconds. */
export const guardTimeoutMs = 30_000;

/** What the guard goes by beside the plans. Times are milliseconds, sizes bytes. */
export interface GuardLimits {
  /** Past the plan's limit, so that the server's own words come first. */
  graceMs: number;
  /** From a cancel that was not heeded to the end of the session. */
  cancelMs: number;
  /** From the end that was ordered to saying loudly that it does not come. */
  unstoppableMs: number;
  /** Locks that one session may hold, and those of an app together: all of the server's are in one table. */
  advisoryLocks: number;
  locks: number;
  appLocks: number;
  /** What counts as an offence, in locks; how many in what time shut an app out, and for as long. */
  offenceLocks: number;
  offences: number;
  offenceMs: number;
  /** What the sessions of an app may hold in temporary files together. */
  temporaryBytes: number;
  /** From where on, of 1, long transactions end so that the queue of notifications can be emptied; and how long is long. */
  notificationQueue: number;
  notificationMs: number;
  /** What a connection may take to log in while three quarters of the server's slots are taken. */
  loginMs: number;
  /** What an autovacuum worker may take over one table while no other worker is free. */
  autovacuumMs: number;
  /** Shares of the plan's storage. */
  warnAt: readonly number[];
  restoreBelow: number;
  /** What a restricted app may grow by before it is suspended. */
  ratchetBytes: number;
  /** The fastest that an app can be expected to write, per second: how soon its size must be looked at again. */
  writeBytesPerSecond: number;
  /** Between two looks at the sessions while some run, and while none is there. */
  busyMs: number;
  idleMs: number;
  /** Between two looks at the same database's size, at least, and at most while nothing runs in it. */
  sizeMs: number;
  sizeSweepMs: number;
  /** Between two looks at what changes rarely: roles, locks, autovacuum. */
  sweepMs: number;
  /** Between two attempts to give a restricted app's space back. */
  reclaimMs: number;
}

export const guardLimits: GuardLimits = {
  graceMs: 1_000,
  cancelMs: 1_000,
  unstoppableMs: 10_000,
  advisoryLocks: 1_000,
  locks: 20_000,
  appLocks: 30_000,
  offenceLocks: 10_000,
  offences: 3,
  offenceMs: 60_000,
  temporaryBytes: 1024 * MiB,
  notificationQueue: 0.1,
  notificationMs: 10_000,
  loginMs: 2_000,
  autovacuumMs: 600_000,
  warnAt: [0.7, 0.9],
  restoreBelow: 0.8,
  ratchetBytes: 8 * MiB,
  writeBytesPerSecond: 200 * MiB,
  busyMs: 500,
  idleMs: 1_000,
  sizeMs: 100,
  sizeSweepMs: 600_000,
  sweepMs: 5_000,
  reclaimMs: 5_000,
};
