import { errorCode, errorMessage, LeashError } from "../errors";
import { redactSecrets } from "./redact";

/** Where a connection was to go; the password is here to be kept out of the error. */
export interface ConnectionTarget {
  socketDirectory: string;
  port: number;
  user: string;
  database: string;
  password: string;
}

interface Fault {
  code: string;
  message: (target: ConnectionTarget) => string;
  hint: string;
}

const timeoutCode = "LEASH_CONNECT_TIMEOUT";

/** A failure to connect in time, with the `code` that `isTimeout` knows. */
export function timeoutError(timeoutMs: number): Error {
  return Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: timeoutCode });
}

export function isTimeout(error: unknown): boolean {
  return errorCode(error) === timeoutCode || errorCode(error) === "ETIMEDOUT";
}

const noServer: Fault = {
  code: "connection/refused",
  message: ({ socketDirectory, port }) => `No PostgreSQL listens on port ${port} in ${socketDirectory}.`,
  hint: "Start it with `leash start`; `leash status` and `leash doctor` say more.",
};
const rejected: Fault = {
  code: "connection/rejected",
  message: ({ user, database }) => `The server does not let ${user} into the database ${database}.`,
  hint: "`leash doctor` says what differs from what should be there.",
};
const timedOut: Fault = {
  code: "connection/timeout",
  message: ({ socketDirectory }) => `The PostgreSQL in ${socketDirectory} did not answer in time.`,
  hint: "It may be overloaded or stopped: try again, and see `leash status`.",
};

/** By system error code and by SQLSTATE (https://www.postgresql.org/docs/18/errcodes-appendix.html). */
const faults: Readonly<Record<string, Fault>> = {
  [timeoutCode]: timedOut,
  ETIMEDOUT: timedOut,
  ENOENT: noServer,
  ECONNREFUSED: noServer,
  ENOTSOCK: noServer,
  EACCES: {
    code: "connection/no-permission",
    message: ({ socketDirectory }) => `This user may not use the socket in ${socketDirectory}.`,
    hint: "Run the command as the user who started the server.",
  },
  EPERM: {
    code: "connection/no-permission",
    message: ({ socketDirectory }) => `This user may not use the socket in ${socketDirectory}.`,
    hint: "Run the command as the user who started the server.",
  },
  "28P01": {
    code: "connection/password",
    message: ({ user }) => `The server refused the password of ${user}.`,
    hint: "`leash deploy` sets an app's password again.",
  },
  "28000": rejected,
  "42501": rejected,
  "55000": rejected,
  "3D000": {
    code: "connection/no-database",
    message: ({ database }) => `There is no database ${database} on the server.`,
    hint: "`leash deploy` makes an app's database again; a backup may hold its rows (`leash backups list`).",
  },
  "53300": {
    code: "connection/too-many",
    message: ({ user }) => `There are too many connections for ${user}.`,
    hint: "Close connections after use, or use a pool; an app may hold 10 at once.",
  },
  "57P03": {
    code: "connection/not-ready",
    message: () => "The server is starting up or shutting down.",
    hint: "Try again in a moment.",
  },
};

/** Turns what `pg` or the network threw into an error for users. */
export function describeConnectionError(error: unknown, target: ConnectionTarget): LeashError {
  const fault = faults[errorCode(error) ?? ""];
  if (fault) return new LeashError(fault.code, fault.message(target), { hint: fault.hint, cause: error });
  const words = redactSecrets(errorMessage(error), [target.password]) || (errorCode(error) ?? "unknown error");
  return new LeashError("connection/failed", `Connecting to the database ${target.database} failed: ${words}`, {
    hint: "`leash status` and `leash doctor` say more.",
    cause: error,
  });
}
