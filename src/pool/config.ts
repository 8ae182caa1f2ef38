import { plans } from "../plans";
import { serverPort } from "../tenancy/server-config";

/** Of an app's connections, those that are left for logins past the pool: a shell, a migration tool, LISTEN. */
export const directConnections = 2;

/** Server connections of one app's pool: every plan allows the same number. */
export const poolConnections =
  Math.min(...Object.values(plans).map(({ maxConnections }) => maxConnections)) - directConnections;

/** Clients of one app, and of all together. */
export const clientsOfApp = 200;
export const clients = 1_000;

/** PgBouncer's version as it says it, as a number that compares: "PgBouncer 1.18.0" → 118; undefined for what is none. */
export function parsePoolVersion(text: string): number | undefined {
  const [, major, minor] = /^PgBouncer (\d+)\.(\d+)/m.exec(text) ?? [];
  return major === undefined || minor === undefined ? undefined : Number(major) * 100 + Number(minor);
}

/** From this version on, prepared statements of the protocol work in a pool that changes sessions. */
const preparedSince = 121;
/** From this version on, one app's clients can be counted. */
const clientLimitSince = 124;

export const handlesPrepared = (version: number) => version >= preparedSince;

export interface PoolConfig {
  /** PgBouncer's; where it is left out, each setting tells the first one that knows it: `# since 121`. */
  version?: number;
  /** The folder of the server's socket, and the one of the pool's own. */
  serverSocketDirectory: string;
  socketDirectory: string;
  userlistFile: string;
  pidFile: string;
}

type Setting = [name: string, value: string | number, since?: number];

/** PgBouncer's configuration, whole. It listens on a unix socket and on no port, and has no administrator. */
export function pgbouncerIni(config: PoolConfig): string {
  const settings: Setting[] = [
    ["listen_addr", ""],
    ["listen_port", serverPort],
    ["unix_socket_dir", config.socketDirectory],
    ["unix_socket_mode", "0777"],
    ["pidfile", config.pidFile],
    ["auth_type", "scram-sha-256"],
    ["auth_file", config.userlistFile],
    ["admin_users", ""],
    ["stats_users", ""],

    ["pool_mode", "transaction"],
    ["default_pool_size", poolConnections],
    ["max_user_connections", poolConnections],
    ["max_client_conn", clients],
    ["max_db_client_connections", clientsOfApp, clientLimitSince],
    ["max_prepared_statements", 200, preparedSince],
    // What drivers send of their own accord, and can do without: the role's own timeouts hold. Others are refused, because
    // a pool can't keep one client's settings from the next.
    [
      "ignore_startup_parameters",
      "extra_float_digits,jit,statement_timeout,idle_in_transaction_session_timeout,lock_timeout",
    ],

    // Seconds. A server that restarts, or refuses an app for the moment, is asked again soon.
    ["server_login_retry", 1],
    ["query_wait_timeout", 30],
    ["client_login_timeout", 15],
    ["server_idle_timeout", 60],

    ["log_connections", 0],
    ["log_disconnections", 0],
    ["log_stats", 0],
  ];
  const { version } = config;
  const lines = settings
    .filter(([, , since]) => since === undefined || version === undefined || version >= since)
    .map(([name, value, since]) => `${name} = ${value}${since && version === undefined ? ` # since ${since}` : ""}`);
  return [
    ";; Written by leash; changes made here are lost.",
    "[databases]",
    // The server's own rules say who reaches which database.
    `* = host=${config.serverSocketDirectory} port=${serverPort}`,
    "[pgbouncer]",
    ...lines,
    "",
  ].join("\n");
}

/** PgBouncer's list of who may log in: the verifiers that the server has, with which it logs in there as well. */
export function pgbouncerUserlist(verifiers: ReadonlyMap<string, string>): string {
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  return [...verifiers].map(([app, verifier]) => `${quoted(app)} ${quoted(verifier)}\n`).join("");
}
