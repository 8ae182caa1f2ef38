import { errorCode, LeashError } from "../errors";
import { connect } from "./connect";
import { isTimeout } from "./connection-error";
import type { Session } from "./open";
import { redactSecrets } from "./redact";
import { TlsFileError, tlsAttempts } from "./tls";

export interface AdministratorTarget {
  /** Name or address. */
  host: string;
  port: number;
  user: string;
  password: string;
  /** libpq's `sslmode`. */
  sslmode: string;
  /** File of the certificates that the server's is checked against. */
  sslrootcert?: string;
  database: string;
}

const connectTimeoutMs = 15_000;

/**
 * Opens an administrator's session on a server that is reached over TCP. Its search path is empty from the startup
 * packet on.
 * @throws LeashError `server/unreachable`, `server/refused-login`
 */
export async function openAdministratorSession(target: AdministratorTarget): Promise<Session> {
  const { host, port, user, password, sslmode, sslrootcert = "", database } = target;
  try {
    // `prefer` and `allow` may end unencrypted; an administrator's password takes the first way or none.
    const ssl = tlsAttempts(host, new Map(Object.entries({ sslmode, sslrootcert })))[0]!;
    const options = "-c client_encoding=UTF8 -c search_path=";
    const { client } = await connect({
      config: { ...{ host, port, user, database, ssl, options }, application_name: "leash" },
      password: () => password,
      timeoutMs: connectTimeoutMs,
    });
    return client;
  } catch (error) {
    throw describe(error, target);
  }
}

function describe(error: unknown, { host, port, user, password, sslmode, database }: AdministratorTarget): LeashError {
  const where = `${host}:${port}`;
  const cause = new Error(redactSecrets(error instanceof Error ? error.message : String(error), [password]));
  if (isTimeout(error)) {
    return new LeashError("server/unreachable", `The server at ${where} did not answer in time.`, { cause });
  }
  if (errorCode(error)?.startsWith("28")) {
    return new LeashError("server/refused-login", `The server at ${where} does not let ${user} into ${database}.`, {
      hint: "Check the administrator's name and password.",
      details: [cause.message],
      cause,
    });
  }
  return new LeashError("server/unreachable", `No session of ${user} on the server at ${where}.`, {
    hint: `Check host, port and sslmode (${sslmode}).`,
    details: [error instanceof TlsFileError ? error.message : cause.message],
    cause,
  });
}
