import { operatorsGroup } from "./describe";

/** The superuser that the platform itself logs in as. */
export const administrator = "leash_admin";

/** Stands in the name of the socket, and where there is a port, it is this one. */
export const serverPort = 5432;

/**
 * Slots for sessions: two hundred apps that misbehave at once, and what looks after them. One in use takes some 7 MB, a
 * free one 80 kB.
 */
export const serverConnections = 250;

/** All locks of the server are in one table, which has room for as many: some 40 MB, however many connections there are. */
const serverLocks = 102_500;

export interface ServerConfig {
  /** Stands in the titles of the server's processes. */
  name: string;
  socketDirectory: string;
  /** Whether the server listens on its network too, for its administrator; otherwise it has a unix socket and no port. */
  tcp: boolean;
  /** Where the log goes: into files of its own, or to stderr, which whoever runs the server keeps. */
  log: "files" | "stderr";
  /** The server's major version; where it is left out, each setting tells the first one that knows it: `# since 17`. */
  major?: number;
}

type Setting = [name: string, value: string | number, since?: number];

function describeSettings({ name, socketDirectory, tcp, log }: ServerConfig): Setting[] {
  return [
    ["cluster_name", name],
    ["listen_addresses", tcp ? "*" : ""],
    ["port", serverPort],
    ["unix_socket_directories", socketDirectory],
    ["unix_socket_permissions", "0777"], // who may connect is decided by the folder and by the password
    ["password_encryption", "scram-sha-256"],
    ["authentication_timeout", "10s"],
    ["max_connections", serverConnections],
    ["superuser_reserved_connections", 5],

    // What one app may take from its neighbours.
    ["temp_file_limit", "1GB"],
    ["max_prepared_transactions", 0],
    ["max_locks_per_transaction", serverLocks / serverConnections],
    ["max_pred_locks_per_transaction", 256],
    ["max_worker_processes", 8],
    ["max_parallel_workers", 4],
    ["max_parallel_workers_per_gather", 1],
    ["max_parallel_maintenance_workers", 1],
    ["jit", "off"], // a hundred megabytes of libraries in each process that uses it
    ["max_wal_senders", 0],
    ["max_replication_slots", 0],
    ["wal_level", "minimal"],
    ["max_wal_size", "512MB"],
    ["event_triggers", "off", 17],
    ["allow_alter_system", "off", 17],

    // The log may hold no statement of an app: statements hold passwords.
    ["log_min_error_statement", "panic"],
    ["log_parameter_max_length_on_error", 0],
    ["log_min_messages", "log"],
    ...(log === "files" ? logFiles : ([["logging_collector", "off"]] satisfies Setting[])),
    ["log_line_prefix", "%m [%p] %q%u "],

    ["timezone", "UTC"],
    ["log_timezone", "UTC"],
    ["lc_messages", "C"],
    ["default_text_search_config", "pg_catalog.english"],
  ];
}

const logFiles: Setting[] = [
  ["logging_collector", "on"],
  ["log_directory", "../log"],
  ["log_filename", "postgresql-%a.log"],
  ["log_rotation_age", "1d"],
  ["log_rotation_size", 0],
  ["log_truncate_on_rotation", "on"],
];

const heading = "# Written by leash at every start; changes made here are lost.\n";

/** The server's `postgresql.conf`, whole: what is not here is PostgreSQL's default. */
export function postgresqlConf(config: ServerConfig): string {
  const { major } = config;
  const lines = describeSettings(config)
    .filter(([, , since]) => since === undefined || major === undefined || major >= since)
    .map(([name, value, since]) => {
      const text = typeof value === "number" ? value : `'${value.replaceAll("'", "''")}'`;
      return `${name} = ${text}${since !== undefined && major === undefined ? ` # since ${since}` : ""}`;
    });
  return `${heading}${lines.join("\n")}\n`;
}

/**
 * Who may log in where, the server's `pg_hba.conf`: an app reaches the database of its own name and nothing else, over
 * the socket; over TCP there is the administrator alone, from the server's own network.
 */
export function pgHbaConf({ tcp }: Pick<ServerConfig, "tcp">): string {
  const local = `# TYPE  DATABASE  USER  ADDRESS  METHOD
local   all       ${administrator}  scram-sha-256
local   all       +${operatorsGroup}  scram-sha-256
local   sameuser  all  scram-sha-256
local   all       all  reject
`;
  const host = `host    all       ${administrator}  samenet  scram-sha-256
host    all       all  all  reject
`;
  return `${heading}${local}${tcp ? host : ""}`;
}
