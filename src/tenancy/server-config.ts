import { operatorsGroup } from "../tenancy/describe";

/** The superuser that the platform itself logs in as. */
export const administrator = "leash_admin";

export const serverPort = 5432;

interface ServerConfig {
  major: number;
  /** Stands in the titles of the server's processes. */
  name: string;
  socketDirectory: string;
}

/** The server's `postgresql.conf`, whole: what is not here is PostgreSQL's default. */
export function postgresqlConf({ major, name, socketDirectory }: ServerConfig): string {
  const settings: [name: string, value: string | number, since?: number][] = [
    ["cluster_name", name],
    // A unix socket and no port.
    ["listen_addresses", ""],
    ["port", serverPort],
    ["unix_socket_directories", socketDirectory],
    ["unix_socket_permissions", "0777"], // who may connect is decided by the folder and by the password
    ["password_encryption", "scram-sha-256"],
    ["authentication_timeout", "10s"],
    ["max_connections", 200],
    ["superuser_reserved_connections", 5],

    // What one app may take from its neighbours.
    ["temp_file_limit", "1GB"],
    ["max_prepared_transactions", 0],
    ["max_locks_per_transaction", 512],
    ["max_worker_processes", 8],
    ["max_parallel_workers", 4],
    ["max_parallel_workers_per_gather", 1],
    ["max_parallel_maintenance_workers", 1],
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
    ["logging_collector", "on"],
    ["log_directory", "../log"],
    ["log_filename", "postgresql-%a.log"],
    ["log_rotation_age", "1d"],
    ["log_rotation_size", 0],
    ["log_truncate_on_rotation", "on"],
    ["log_line_prefix", "%m [%p] %q%u "],

    ["timezone", "UTC"],
    ["log_timezone", "UTC"],
    ["lc_messages", "C"],
    ["default_text_search_config", "pg_catalog.english"],
  ];
  const lines = settings
    .filter(([, , since]) => since === undefined || major >= since)
    .map(([name, value]) => `${name} = ${typeof value === "number" ? value : `'${value.replaceAll("'", "''")}'`}`);
  return `# Written by leash at every start; changes made here are lost.\n${lines.join("\n")}\n`;
}

/** Who may log in where: an app reaches the database of its own name and nothing else. */
export const pgHbaConf = `# Written by leash at every start; changes made here are lost.
# TYPE  DATABASE  USER  METHOD
local   all       ${administrator}  scram-sha-256
local   all       +${operatorsGroup}  scram-sha-256
local   sameuser  all  scram-sha-256
local   all       all  reject
`;
