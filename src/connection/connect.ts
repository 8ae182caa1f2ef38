import net from "node:net";
import type { Client, ClientConfig } from "pg";
import { boundMessages } from "./bounded-socket";
import { timeoutError } from "./connection-error";

export interface ConnectOptions {
  /** Everything but the password and the stream; what is left out here is left out, not taken from the shell. */
  config: ClientConfig & { enableChannelBinding?: boolean; sslnegotiation?: "direct" };
  /** Asked when the server wants a password. */
  password: () => string;
  /** Milliseconds until the login must be done. */
  timeoutMs: number;
  /** Sees the socket before anything is sent. */
  onSocket?: (socket: net.Socket) => void;
  /** Ends the connection at a message that is too long to be read; without TLS alone. */
  bounded?: true;
}

export interface Connection {
  client: Client;
  /** Ends the session, by force when the server takes longer than `timeoutMs` (5,000) over it. */
  end(timeoutMs?: number): Promise<void>;
  /** Drops the connection without a word. */
  destroy(): void;
}

/**
 * The one place that opens a connection to a PostgreSQL. Connects and logs in within `timeoutMs`, whatever the other
 * side does. Throws what `pg` and the network throw, and `timeoutError()`.
 */
export async function connect({ config, password, timeoutMs, onSocket, bounded }: ConnectOptions): Promise<Connection> {
  const socket = new net.Socket();
  onSocket?.(socket);
  if (bounded) boundMessages(socket);
  // As a function it is never empty, which would make pg look into PGPASSWORD and ~/.pgpass.
  const client = createClient({ ...config, stream: () => socket, password });
  // A server that goes away later fails the next query; unheard, the event would end the process.
  client.on("error", () => {});
  const destroy = () => {
    socket.destroy();
  };
  try {
    await withTimeout(client.connect(), timeoutMs);
  } catch (error) {
    destroy();
    throw error;
  }
  return { client, destroy, end: (limit = 5_000) => withTimeout(client.end(), limit).catch(destroy) };
}

/** What `work` comes to, or `timeoutError()`; `work` itself goes on. */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timeoutError(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
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
