import { type Attempt, connectAs, harmless, refused } from "./attempt";

const denied = "42501";
const hba = "pg_hba.conf: sameuser";

const reach = (what: string, database: (of: string) => string, expected = "28000"): Attempt => ({
  ...{ what, holds: hba },
  async run(arena) {
    const replication = expected === "53300" ? { replication: "true" } : {};
    const to = { database: database(arena.neighbour.id), ...replication };
    const { code, message } = await connectAs(arena, arena.mine, to).catch((error) => error);
    if (code !== expected) throw new Error(`${code ?? "allowed"} ${message}`);
    return `refused (${expected})`;
  },
});

const assert = (holds: boolean, what: string) => {
  if (!holds) throw new Error(what);
};

/** What an app learns of its neighbours and of the server. */
export const neighbourAttempts: Attempt[] = [
  reach("connect to the database postgres", () => "postgres"),
  reach("connect to the database template1", () => "template1"),
  reach("connect to the database template0", () => "template0"),
  reach("connect to a neighbour's database", (neighbour) => neighbour),
  { ...reach("open a replication connection", () => "postgres", "53300"), holds: "max_wal_senders = 0" },
  refused("read the passwords", "SELECT rolpassword FROM pg_authid", denied, "no attribute, no pg_* role"),
  refused("read the passwords by their old name", "SELECT * FROM pg_shadow", denied, "no attribute, no pg_* role"),
  refused("read who may log in how", "SELECT * FROM pg_hba_file_rules", denied, "no attribute, no pg_* role"),
  refused("read the configuration's files", "SELECT * FROM pg_file_settings", denied, "no attribute, no pg_* role"),
  refused("learn where the data is", "SHOW data_directory", denied, "no attribute, no pg_* role"),
  refused("list the WAL", "SELECT pg_ls_waldir()", denied, "no attribute, no pg_* role"),
  refused("read the statistics' raw values", "SELECT * FROM pg_statistic", denied, "no attribute, no pg_* role"),
  refused(
    "measure a neighbour's database",
    ({ neighbour }) => `SELECT pg_database_size('${neighbour.id}')`,
    denied,
    "CONNECT is revoked from PUBLIC",
  ),
  harmless(
    "read its neighbours' statements",
    "SELECT query FROM pg_stat_activity WHERE usename IS DISTINCT FROM session_user",
    (_arena, _app, rows) => {
      assert(rows.length > 3, "it sees nobody at all, so this proves nothing");
      const told = rows
        .map(({ query }) => query)
        .filter((query) => query !== null && query !== "<insufficient privilege>");
      assert(told.length === 0, `it reads ${told}`);
    },
    "PostgreSQL shows the text to the role itself alone",
  ),
  harmless(
    "learn the names of other apps",
    `SELECT rolname AS name FROM pg_roles UNION SELECT datname FROM pg_database
     UNION SELECT application_name FROM pg_stat_activity WHERE usename <> session_user`,
    (_arena, _app, rows) => {
      const neutral =
        /^(app_[0-9a-z]{10}(_owner)?|leash_(admin|operators|restricted|suspended|plan_\w+|(migration|cleanup|reclaim)_\w+)|pg_\w+|postgres|template[01]|leash|psql|)$/;
      const telling = rows.map(({ name }) => String(name ?? "")).filter((name) => !neutral.test(name));
      assert(rows.length > 10 && telling.length === 0, `it learns ${telling}`);
    },
    "names on the server are neutral ids, and visible",
  ),
  harmless(
    "read comments on roles and databases",
    "SELECT description FROM pg_shdescription UNION ALL SELECT label FROM pg_shseclabel",
    (_arena, _app, rows) => {
      const own = rows.filter(
        ({ description }) => !/^(unmodifiable empty|default (template|administrative))/.test(String(description)),
      );
      assert(own.length === 0, `it reads ${JSON.stringify(own)}`);
    },
    "the platform writes none",
  ),
  harmless(
    "read the settings that roles carry",
    "SELECT rolname, unnest(setconfig) AS setting FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = setrole",
    (_arena, _app, rows) => {
      const described =
        /^(role|statement_timeout|idle_in_transaction_session_timeout|transaction_timeout|log_min_messages|default_transaction_read_only|lock_timeout|search_path)=/;
      const platforms = rows.filter(
        ({ rolname }) => !/^app_/.test(String(rolname)) || /password|secret/i.test(String(rolname)),
      );
      const other = platforms.filter(({ setting }) => !described.test(String(setting)));
      assert(rows.length > 3 && other.length === 0, `it reads ${JSON.stringify(other)}`);
    },
    "the platform's settings hold limits and role names only",
  ),
  harmless(
    "read secrets in the server's settings",
    `SELECT name, setting FROM pg_settings WHERE setting LIKE '/%' OR name IN
       ('primary_conninfo', 'ssl_passphrase_command', 'config_file', 'hba_file', 'archive_command')`,
    (_arena, _app, rows) => {
      const told = rows.filter(
        ({ name, setting }) => setting && !/^(unix_socket_directories|data_directory_mode)$/.test(String(name)),
      );
      assert(
        told.every(({ setting }) => setting === "(disabled)" || setting === ""),
        JSON.stringify(told),
      );
    },
    "settings that tell of files are the superuser's",
  ),
  {
    what: "hear its neighbours' notifications",
    holds: "channels belong to one database",
    async run(arena) {
      const session = await arena.mine.login();
      const heard: unknown[] = [];
      session.on("notification", (one) => heard.push(one));
      await session.query("LISTEN news");
      await arena.asNeighbour("NOTIFY news, 'secret'");
      await session.query("NOTIFY news, 'own'");
      await session.query("SELECT 1");
      await session.end();
      assert(heard.length === 1, JSON.stringify(heard));
      return "allowed";
    },
  },
];
