import { auditAppDatabase } from "../../../src/tenancy/reconcile";
import { until } from "../../support/guard";
import { type Attempt, connectAs, harmless, mended, refused } from "./attempt";

const guarded = "the guard puts it back";
const superuserOnly = "only a superuser may set it";
const denied = "42501";

/** A random text of about so many megabytes, which does not compress. */
const noise = (megabytes: number) =>
  `(SELECT string_agg(md5(random()::text), '') FROM generate_series(1, ${megabytes * 32_000}))`;

/** The limits that the app's own role carries, and what a session may set. */
export const settingAttempts: Attempt[] = [
  mended(
    "lift its statement timeout for good",
    (_, { id }) => `ALTER ROLE ${id} SET statement_timeout = 0`,
    async (app) => (await app.query("SHOW statement_timeout")).rows[0]!.statement_timeout === "30s",
    guarded,
  ),
  mended(
    "lift it in its database",
    (_, { id }) => `ALTER ROLE ${id} IN DATABASE ${id} SET statement_timeout = 0`,
    async (app) => (await app.query("SHOW statement_timeout")).rows[0]!.statement_timeout === "30s",
    guarded,
  ),
  mended(
    "stay its login role at login",
    (_, { id }) => `ALTER ROLE ${id} SET role = 'none'`,
    async (app) => (await app.query("SELECT current_user AS me")).rows[0]!.me === `${app.id}_owner`,
    guarded,
  ),
  mended(
    "reset all that its role carries",
    (_, { id }) => `ALTER ROLE ${id} RESET ALL`,
    async (app) => (await app.query("SELECT current_user AS me")).rows[0]!.me === `${app.id}_owner`,
    guarded,
  ),
  mended(
    "change its password",
    (_, { id }) => `ALTER ROLE ${id} PASSWORD 'own'`,
    async (app) => (await app.query("SELECT 1 AS one")).rows[0]!.one === 1,
    `${guarded}: the ledger remembers the verifier`,
  ),
  mended(
    "have no password",
    (_, { id }) => `ALTER ROLE ${id} PASSWORD NULL`,
    async (app) => (await app.query("SELECT 1 AS one")).rows[0]!.one === 1,
    `${guarded}: the ledger remembers the verifier`,
  ),
  harmless(
    "drop the grants that it was given (DROP OWNED)",
    (_, { id }) => `DROP OWNED BY ${id}; SET ROLE ${id}_owner; DROP OWNED BY ${id}_owner`,
    async (arena, app) => {
      await app.query("CREATE SCHEMA again; CREATE TEMP TABLE t (n int)");
      if ((await auditAppDatabase(arena.ground.server.admin, app.description)).length > 0)
        throw new Error("it drifted");
    },
    "the administrator gave them, so that only he takes them",
    "login",
  ),
  refused("let its statements into the server's log", "SET log_min_messages = 'log'", denied, superuserOnly),
  refused("log its statements", "SET log_statement = 'all'", denied, superuserOnly),
  refused(
    "log again from the next login on",
    (_, { id }) => `ALTER ROLE ${id} RESET log_min_messages`,
    denied,
    superuserOnly,
  ),
  refused("raise the limit on temporary files", "SET temp_file_limit = -1", denied, superuserOnly),
  refused(
    "raise it in a function",
    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql SET temp_file_limit = -1 AS 'SELECT 1'",
    denied,
    superuserOnly,
  ),
  refused("hide what it does", "SET track_activities = off", denied, superuserOnly),
  refused(
    "hide what it does, by set_config()",
    "SELECT set_config('track_activities', 'off', false)",
    denied,
    superuserOnly,
  ),
  refused("switch triggers and rules off", "SET session_replication_role = replica", denied, superuserOnly),
  refused("wait for locks without deadlock checks", "SET deadlock_timeout = '1h'", denied, superuserOnly),
  refused(
    "store a setting of its own making",
    (_, { id }) => `ALTER ROLE ${id} SET my.setting = 'x'`,
    denied,
    superuserOnly,
  ),
  {
    what: "log its statements from the startup packet on",
    holds: superuserOnly,
    async run(arena) {
      const error = await connectAs(arena, arena.mine, { options: "-c log_min_messages=debug5" }).catch((e) => e);
      if (error.code !== denied) throw new Error(`${error.code ?? "allowed"}`);
      return `refused (${denied})`;
    },
  },
  mended(
    "store long texts in its role's settings, in a catalog that all share",
    (_, { id }) =>
      `DO $$ BEGIN EXECUTE format('ALTER ROLE ${id} SET application_name = %L', ${noise(20)}); END $$;
       DO $$ BEGIN EXECUTE format('ALTER ROLE ${id} SET search_path = %L', ${noise(20)}); END $$`,
    async (_app, arena) => {
      const long = await arena.admin("SELECT 1 FROM pg_db_role_setting WHERE pg_column_size(setconfig) > 10000");
      return long.length === 0;
    },
    "the guard drops settings of more than 10 kB, and clears the catalog",
  ),
  harmless(
    "ask for more parallel workers than there are",
    `CREATE TABLE t AS SELECT generate_series(1, 300000) AS n;
     SET max_parallel_workers = 1024; SET max_parallel_workers_per_gather = 1024; SET parallel_setup_cost = 0;
     SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; ALTER TABLE t SET (parallel_workers = 1000);
     EXPLAIN (ANALYZE, FORMAT JSON) SELECT count(*) FROM t`,
    (_arena, _app, rows) => {
      const launched = /"Workers Launched":\s*(\d+)/.exec(JSON.stringify(rows))?.[1];
      if (launched === undefined || Number(launched) > 8) throw new Error(`${launched} workers`);
    },
    "max_worker_processes = 8",
  ),
  harmless(
    "keep itself from logging in, by a library that is not there",
    (_, { id }) => `ALTER ROLE ${id} SET local_preload_libraries = 'nothing'`,
    async (arena, app) => {
      if (!(await app.login().catch(() => undefined))) {
        // Its neighbours log in as before.
        await arena.mine.query("SELECT 1");
        return;
      }
      throw new Error("it logs in");
    },
    "a role's settings are for its own sessions",
    "login",
  ),
  harmless(
    "make a schema `leash` with tables like the ledger's",
    (_, { id }) =>
      `CREATE SCHEMA leash; CREATE TABLE leash.credential (app text PRIMARY KEY, verifier text);
       INSERT INTO leash.credential VALUES ('${id}', 'mine'); CREATE SCHEMA postgres`,
    async (arena, { id, query }) => {
      const [{ n }] = (await arena.admin(`SELECT count(*)::int AS n FROM leash.credential
        WHERE app = '${id}' AND verifier LIKE 'SCRAM-SHA-256$%'`)) as [{ n: number }];
      if (n !== 1) throw new Error("the ledger changed");
      await query("SELECT 1");
    },
    "the ledger is in a database that no app reaches",
  ),
  harmless(
    "take the advisory locks that the platform takes",
    (_, { id }) =>
      `SELECT pg_advisory_lock(hashtextextended(k, 0)) FROM unnest(ARRAY['leash:${id}', 'leash:baseline', 'leash:reclaim:${id}']) k`,
    async (arena, { id }) => {
      const keys = `hashtextextended('leash:${id}', 0)`;
      const [{ free }] = (await arena.admin(`SELECT pg_try_advisory_lock(${keys}) AS free`)) as [{ free: boolean }];
      if (!free) throw new Error("the platform's lock is taken");
    },
    "advisory locks are of one database, the platform's are of another",
  ),
  harmless(
    "publish its tables",
    "CREATE TABLE t (n int); CREATE PUBLICATION p FOR TABLE t",
    async (arena) => {
      const [{ walsenders }] = (await arena
        .admin("SHOW max_wal_senders")
        .then((rows) => rows.map(({ max_wal_senders }) => ({ walsenders: max_wal_senders })))) as [
        { walsenders: string },
      ];
      if (walsenders !== "0") throw new Error(`${walsenders} may read it`);
    },
    "max_wal_senders = 0: nobody can subscribe",
  ),
  harmless(
    "grant its neighbours what it holds on its database",
    ({ neighbour }, { id }) => `GRANT CONNECT, CREATE ON DATABASE ${id} TO ${neighbour.id}, PUBLIC`,
    async (arena, { id }) => {
      const rows = await arena.admin(
        `SELECT 1 FROM pg_database, aclexplode(datacl) a WHERE datname = '${id}' AND
           (grantee = 0 OR grantee = '${arena.neighbour.id}'::regrole)`,
      );
      if (rows.length > 0) throw new Error("granted");
    },
    "a warning only: it holds no grant option",
  ),
  harmless(
    "take the mark of its plan off",
    (_, { id }) =>
      `DO $$ BEGIN REVOKE ${id} FROM leash_plan_free; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$`,
    async (arena, { id }) => {
      await until(
        async () =>
          (
            await arena.admin(`SELECT 1 FROM pg_auth_members WHERE roleid = '${id}'::regrole AND
            member = 'leash_plan_free'::regrole`)
          ).length === 1,
        100,
        "the mark",
      );
    },
    "no ADMIN option: refused on 15, a warning on 18",
    "login",
  ),
];
