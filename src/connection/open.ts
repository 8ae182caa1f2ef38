import type { Client } from "pg";
import { type Connection, connect } from "./connect";
import { describeConnectionError } from "./connection-error";

export { probeUrl } from "./probe";

/** A connected session; whoever opened it ends it. */
export type Session = Client;

export interface SessionOptions {
  /** The folder that holds `.s.PGSQL.<port>`. */
  socketDirectory: string;
  port: number;
  user: string;
  password: string;
  database: string;
  /** What `pg_stat_activity` shows; "leash" by default. */
  applicationName?: string;
  /** Milliseconds until the session must stand, login included; 10,000 by default. */
  connectTimeoutMs?: number;
  /** Milliseconds that a statement may take; 0 is without limit; the role's own limit by default. */
  statementTimeoutMs?: number;
  /**
   * `""` empties the search path in the startup packet. An administrator's session in a tenant's database needs it from
   * its first statement on: the tenant may have put functions where a bare name would find them.
   */
  searchPath?: "";
}

const defaultConnectTimeoutMs = 10_000;

/**
 * Opens a session over the server's unix socket. Nothing but the options counts: the shell's `PG*` variables and
 * `~/.pgpass` are not read.
 * @throws LeashError `connection/…`, see `connection-error.ts`
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  return (await open(options)).client;
}

/**
 * Runs `work` in a session of its own, which ends whatever happens.
 * @throws LeashError `connection/…`, and whatever `work` throws
 */
export async function withSession<T>(options: SessionOptions, work: (session: Session) => Promise<T>): Promise<T> {
  const connection = await open(options);
  try {
    return await work(connection.client);
  } finally {
    await connection.end();
  }
}

async function open(options: SessionOptions): Promise<Connection> {
  const { user, database, password, port, socketDirectory: host } = options;
  const timeoutMs = options.connectTimeoutMs ?? defaultConnectTimeoutMs;
  try {
    return await connect({
      config: {
        ...{ host, port, user, database, ssl: false, client_encoding: "UTF8" },
        ...startupOptions(options),
        application_name: options.applicationName ?? "leash",
      },
      password: () => password,
      timeoutMs,
      bounded: true,
    });
  } catch (error) {
    throw describeConnectionError(error, { socketDirectory: host, port, user, database, password });
  }
}

/** Settings in the startup packet stand above those of the role and of the database. */
function startupOptions({ searchPath, statementTimeoutMs }: SessionOptions): { options?: string } {
  const settings: string[] = [];
  if (searchPath === "") settings.push("search_path=");
  if (statementTimeoutMs !== undefined) settings.push(`statement_timeout=${statementTimeoutMs}`);
  // A pool refuses even an empty one.
  return settings.length === 0 ? {} : { options: settings.map((setting) => `-c ${setting}`).join(" ") };
}
