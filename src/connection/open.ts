import net from "node:net";
import type { Client, ClientConfig } from "pg";
import { describeConnectionError, timeoutError } from "./connection-error";

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
const endTimeoutMs = 5_000;

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
        ...{ host, port, user, database, ssl: false, options: startupOptions(options) },
        application_name: options.applicationName ?? "leash",
      },
      password,
      timeoutMs,
    });
  } catch (error) {
    throw describeConnectionError(error, { socketDirectory: host, port, user, database, password });
  }
}

/** Settings in the startup packet stand above those of the role and of the database. */
function startupOptions({ searchPath, statementTimeoutMs }: SessionOptions): string {
  const settings = ["client_encoding=UTF8"];
  if (searchPath === "") settings.push("search_path=");
  if (statementTimeoutMs !== undefined) settings.push(`statement_timeout=${statementTimeoutMs}`);
  return settings.map((setting) => `-c ${setting}`).join(" ");
}

export interface ConnectOptions {
  /** Everything but the password and the stream; what is left out here is left out, not taken from the shell. */
  config: ClientConfig & { enableChannelBinding?: boolean; sslnegotiation?: "postgres" | "direct" };
  password: string;
  timeoutMs: number;
  /** Sees the socket before anything is sent. */
  onSocket?: (socket: net.Socket) => void;
}

export interface Connection {
  client: Client;
  /** Ends the session, or tears it down when the server does not answer. */
  end(): Promise<void>;
}

/**
 * Connects and logs in within `timeoutMs`, whatever the other side does. Throws what `pg` and the network throw, and
 * `timeoutError()`.
 */
export async function connect({ config, password, timeoutMs, onSocket }: ConnectOptions): Promise<Connection> {
  const socket = new net.Socket();
  onSocket?.(socket);
  const client = createClient({ ...config, stream: () => socket, password: () => password });
  // A server that goes away later fails the next query; unheard, the event would end the process.
  client.on("error", () => {});
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timeoutError(timeoutMs)), timeoutMs);
  });
  try {
    await Promise.race([client.connect(), timeout]);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { client, end: () => end(client, socket) };
}

/**
 * pg fills what is missing in its configuration from PGHOST, PGOPTIONS, PGREPLICATION and so on, and does that in the
 * constructor alone; so they are out of sight for as long as it runs.
 */
function createClient(config: ClientConfig): Client {
  // Loading pg takes 45 ms, which commands without a database shall not pay.
  const pg = require("pg") as typeof import("pg");
  const shell = Object.entries(process.env).filter(([name]) => name.startsWith("PG"));
  for (const [name] of shell) delete process.env[name];
  try {
    return new pg.Client(config);
  } finally {
    for (const [name, value] of shell) process.env[name] = value;
  }
}

async function end(client: Client, socket: net.Socket): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), endTimeoutMs);
  try {
    await client.end();
  } catch {
    socket.destroy();
  } finally {
    clearTimeout(timer);
  }
}
