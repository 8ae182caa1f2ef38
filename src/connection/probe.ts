import type { Client } from "pg";
import { LeashError } from "../errors";
import { connect, withTimeout } from "./connect";
import { type ParsedDatabaseUrl, parseDatabaseUrl } from "./parse-url";
import { type Attempt, describeProbeError, isRefusedByRule } from "./probe-error";
import { type Tls, tlsAttempts } from "./tls";

export interface ProbeOptions {
  /** Milliseconds for the whole probe, all hosts and the queries included; 10,000 by default. */
  timeoutMs?: number;
}

export interface ProbeResult {
  /** As the server says it: "15.18", "16.4 (Ubuntu 16.4-1)". */
  serverVersion: string;
  host: string;
  port: number;
  /** Whether the connection was encrypted. */
  tls: boolean;
}

const defaultTimeoutMs = 10_000;

/**
 * Connects to a pasted URL as libpq would (the hosts in turn, `sslmode` with libpq's meaning), runs `SELECT 1` and
 * leaves. The shell's `PG*` variables have no part in it, as they have none in the app's environment.
 * @throws LeashError `url/unreachable`, `url/refused-login`, `url/no-database`, `url/too-many-connections`,
 * `url/timeout`, `url/tls`, `url/server-error`, and those of `parseDatabaseUrl`
 */
export async function probeUrl(url: string, { timeoutMs = defaultTimeoutMs }: ProbeOptions = {}): Promise<ProbeResult> {
  const parsed = parseDatabaseUrl(url);
  const end = Date.now() + timeoutMs;
  let last: LeashError | undefined;
  for (const [i, { host, port }] of parsed.hosts.entries()) {
    const attempt: Attempt = { host, port, parsed, timeoutMs, tls: false };
    // A host that says nothing leaves the others their share.
    const hostEnd = Date.now() + (end - Date.now()) / (parsed.hosts.length - i);
    try {
      return await probeHost(attempt, parsed, hostEnd);
    } catch (error) {
      last = describeProbeError(error, attempt);
      // As in libpq the next host gets its turn where this one could not be reached, not where it said no.
      if (last.code !== "url/unreachable" && last.code !== "url/timeout") throw last;
    }
  }
  throw last ?? new LeashError("url/no-host", "The database URL names no host.", { exitCode: 2 });
}

/** Tries the ways of encryption that the URL allows. `attempt` ends as a description of the last one. */
async function probeHost(attempt: Attempt, parsed: ParsedDatabaseUrl, end: number): Promise<ProbeResult> {
  const ways = tlsAttempts(attempt.host, parsed.parameters);
  for (const [i, tls] of ways.entries()) {
    Object.assign(attempt, { tls: tls !== false, tlsAnswer: undefined, passwordAsked: false });
    try {
      return await tryOnce(attempt, parsed, tls, end);
    } catch (error) {
      const mayRetry = describeProbeError(error, attempt).code === "url/tls" || isRefusedByRule(error);
      if (!mayRetry || i === ways.length - 1) throw error;
    }
  }
  throw new Error("there is always a way to try");
}

async function tryOnce(
  attempt: Attempt,
  { user, password, database, parameters }: ParsedDatabaseUrl,
  tls: Tls,
  end: number,
): Promise<ProbeResult> {
  const { host, port } = attempt;
  const remainingMs = () => Math.max(1, end - Date.now());
  const isDirect = tls !== false && parameters.get("sslnegotiation") === "direct";
  const options = parameters.get("options");
  const connection = await connect({
    config: {
      ...{ host, port, user, database, ssl: tls, application_name: "leash" },
      enableChannelBinding: parameters.get("channel_binding") === "require",
      ...(options && { options }),
      ...(isDirect && { sslnegotiation: "direct" }),
    },
    password: () => {
      attempt.passwordAsked = true;
      return password ?? "";
    },
    timeoutMs: remainingMs(),
    onSocket: (socket) => {
      // pg tells a server without TLS by an error's words alone; the byte itself is clearer.
      if (tls === false || isDirect) return;
      socket.once("data", (bytes: Buffer) => {
        attempt.tlsAnswer = bytes.toString("latin1", 0, 1);
      });
    },
  });
  try {
    const serverVersion = await withTimeout(readVersion(connection.client), remainingMs());
    await connection.end(Math.min(1_000, remainingMs()));
    return { serverVersion, host, port, tls: tls !== false };
  } finally {
    connection.destroy();
  }
}

async function readVersion(client: Client): Promise<string> {
  await client.query("SELECT 1");
  const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
  return rows[0]?.server_version ?? "unknown";
}
