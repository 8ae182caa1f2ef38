import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dropAppDatabase } from "../../src/tenancy/drop";
import { createOneOff, dropOneOff } from "../../src/tenancy/one-off";
import { auditAppDatabase, reconcileAppDatabase } from "../../src/tenancy/reconcile";
import { createGuardGround, type GuardGround, outcome, type TestTenant, until } from "../support/guard";
import { serverKinds } from "../support/tenancy-server";

/**
 * Notes who runs it, and takes what it can get. A sequence keeps its number through a rollback, so that it tells of a
 * superuser whatever became of the transaction.
 */
const spy = (app: string) => `
  CREATE TABLE public.seen (session text, via text);
  CREATE SEQUENCE public.superusers;
  GRANT ALL ON public.seen, public.superusers TO PUBLIC;
  CREATE FUNCTION public.note(via pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) session_user) THEN
      PERFORM pg_catalog.nextval('public.superusers');
    END IF;
    BEGIN EXECUTE 'RESET ROLE'; EXECUTE 'ALTER ROLE ${app} SUPERUSER'; EXCEPTION WHEN OTHERS THEN NULL; END;
    -- It may not write while space is given back; who looks sees this lock for a moment.
    IF session_user LIKE 'leash_reclaim_%' THEN PERFORM pg_catalog.pg_advisory_lock_shared(4711); PERFORM pg_catalog.pg_sleep(0.3); END IF;
    BEGIN INSERT INTO public.seen VALUES (session_user, via); EXCEPTION WHEN OTHERS THEN NULL; END;
    RETURN true;
  END $$;
  CREATE FUNCTION public.spy(via pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    PERFORM public.note(via); RETURN true; END $$;`;

const big = "autovacuum_enabled = off, toast.autovacuum_enabled = off";

/** Code of the app's wherever PostgreSQL takes some. */
const planted = `
  CREATE DOMAIN public.watched AS pg_catalog.int4 CHECK (public.spy('domain'));
  CREATE TABLE public.t (x text DEFAULT public.spy('default')::text, n int CHECK (public.spy('check')), w public.watched,
    g bool GENERATED ALWAYS AS (public.spy('generated')) STORED) WITH (${big});
  CREATE FUNCTION public.indexed(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    PERFORM public.spy('index'); RETURN n; END $$;
  INSERT INTO public.t (x, n, w) SELECT 'x', g, g FROM generate_series(1, 100) g;
  CREATE INDEX ON public.t (public.indexed(n)) WHERE public.indexed(n) > 0;
  CREATE STATISTICS public.s ON (public.indexed(n)), x FROM public.t;
  CREATE FUNCTION public.fired() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.note('trigger'); RETURN NULL; END $$;
  CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.t FOR EACH STATEMENT EXECUTE FUNCTION public.fired();
  CREATE VIEW public.v AS SELECT public.note('view') AS noted FROM public.t;
  CREATE MATERIALIZED VIEW public.m AS SELECT n FROM public.t WHERE public.spy('matview');
  ALTER TABLE public.t ENABLE ROW LEVEL SECURITY; ALTER TABLE public.t FORCE ROW LEVEL SECURITY;
  CREATE POLICY p ON public.t USING (public.spy('policy'));
  CREATE FUNCTION public.cast_t(public.t) RETURNS text LANGUAGE sql AS $$ SELECT public.spy('cast')::text $$;
  CREATE CAST (public.t AS text) WITH FUNCTION public.cast_t(public.t) AS IMPLICIT;
  CREATE FUNCTION public.diff(float8, float8) RETURNS float8 LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    PERFORM public.spy('range'); RETURN 1; END $$;
  CREATE TYPE public.span AS RANGE (subtype = float8, subtype_diff = public.diff);
  GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC; GRANT ALL ON SCHEMA public TO PUBLIC;
  SELECT lo_from_bytea(0, decode(repeat('00ff', 4000), 'hex')) FROM generate_series(1, 50);`;

/** Functions and operators that stand where a bare name finds them. */
const decoyFunctions: [name: string, parameters: string][] = [
  ...["text", "name"].map((type): [string, string] => ["lower", type]),
  ...["text", "name"].map((type): [string, string] => ["quote_ident", type]),
  ...["text, text", "text, name", "text, oid"].map((types): [string, string] => ["format", types]),
  ...["text, text", "text, name"].map((types): [string, string] => ["json_build_object", types]),
  ...["name", "oid"].map((type): [string, string] => ["pg_database_size", type]),
  ...["pg_total_relation_size", "pg_relation_size", "pg_stat_get_tuples_deleted"].map((f): [string, string] => [
    f,
    "oid",
  ]),
  ...["to_regclass", "current_setting"].map((f): [string, string] => [f, "text"]),
  ...["pg_terminate_backend", "pg_advisory_lock"].map((f): [string, string] => [f, "int4"]),
  ...["now", "clock_timestamp", "version", "pg_backend_pid", "current_database"].map((f): [string, string] => [f, ""]),
];
const decoyOperators: [operator: string, left: string, right: string][] = [
  ...["name", "oid", "text", '"char"', "int4", "bool", "regclass"].map((type): [string, string, string] => [
    "=",
    type,
    type,
  ]),
  ...["oid", "text", '"char"', "int4"].map((type): [string, string, string] => ["<>", type, type]),
  ...["int8", "int4"].map((type): [string, string, string] => [">=", type, type]),
  ["=", "name", "text"],
  ["||", "text", "text"],
  ["+", "int8", "int8"],
  ["<", "timestamptz", "timestamptz"],
];

/** In the schema that is given; `pg_temp` is never looked through for functions, and is here to prove it. */
const decoys = (schema: string) =>
  [
    ...decoyFunctions.map(
      ([
        name,
        types,
      ]) => `CREATE FUNCTION ${schema}.${name}(${types.replaceAll(/"?\w+"?/g, "pg_catalog.$&")}) RETURNS pg_catalog.text
        LANGUAGE plpgsql AS $$ BEGIN PERFORM public.note('${name}'); RETURN 'x'; END $$`,
    ),
    `CREATE FUNCTION ${schema}.gather(pg_catalog.text, pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS
      $$ BEGIN PERFORM public.note('aggregate'); RETURN 'x'; END $$`,
    ...["array_agg", "count", "max", "string_agg"].map(
      (name) =>
        `CREATE AGGREGATE ${schema}.${name}(pg_catalog.text) (SFUNC = ${schema}.gather, STYPE = pg_catalog.text)`,
    ),
    ...decoyOperators.flatMap(([operator, left, right], n) => [
      `CREATE FUNCTION ${schema}.op${n}(pg_catalog.${left}, pg_catalog.${right}) RETURNS pg_catalog.bool LANGUAGE plpgsql AS
        $$ BEGIN PERFORM public.note('operator'); RETURN true; END $$`,
      `CREATE OPERATOR ${schema}.${operator} (FUNCTION = ${schema}.op${n}, LEFTARG = pg_catalog.${left}, RIGHTARG = pg_catalog.${right})`,
    ]),
    ...["text", "name", "oid", "bool", "int8", "regrole", "regclass", "regnamespace"].map(
      (type) => `CREATE DOMAIN ${schema}.${type} AS pg_catalog.${type} CHECK (public.spy('type'))`,
    ),
  ].join(";\n");

describe.each(serverKinds)("code that an app planted on an $title", ({ bin }) => {
  let ground: GuardGround;
  beforeAll(async () => {
    ground = await createGuardGround(bin);
    ground.start({ sweepMs: 500, reclaimMs: 300 });
  });
  afterAll(() => ground?.dispose());

  const admin = async (text: string, database = "postgres") => {
    const session = await ground.server.admin.openSession(database);
    try {
      return (await session.query(text)).rows as Record<string, unknown>[];
    } finally {
      await session.end();
    }
  };
  const superusers = () => admin("SELECT rolname FROM pg_catalog.pg_roles WHERE rolsuper ORDER BY 1");
  const wasSuperuser = async ({ id }: TestTenant) =>
    (await admin("SELECT is_called FROM public.superusers", id))[0]!.is_called as boolean;

  async function plant(): Promise<TestTenant> {
    const tenant = await ground.tenant();
    await tenant.query(spy(tenant.id));
    await tenant.query(planted);
    const session = await tenant.login();
    await session.query(decoys("pg_temp"));
    await session.query(decoys("public"));
    await session.query(`SET ROLE NONE; ALTER ROLE ${tenant.id} SET search_path = public, pg_temp, pg_catalog`);
    await session.end();
    return tenant;
  }

  it("is run by nobody who is a superuser: not in a reconcile, an audit, a one-off's life, a restriction, its end, a drop", async () => {
    const before = await superusers();
    const tenant = await plant();
    const { id, description, password } = tenant;
    const server = ground.server.admin;

    await auditAppDatabase(server, description);
    await admin("ALTER SCHEMA public OWNER TO leash_admin", id);
    await admin(`ALTER ROLE ${id} CONNECTION LIMIT 3; GRANT CONNECT ON DATABASE ${id} TO PUBLIC`);
    await reconcileAppDatabase(server, description, { credential: { password } });
    expect(await auditAppDatabase(server, description, { credential: { password } })).toEqual([]);

    const oneOff = await createOneOff(server, id, "cleanup");
    const cleanup = await ground.server.login(oneOff.name, oneOff.password, id);
    await cleanup.query(
      "SET ROLE NONE; SET search_path = pg_catalog; CREATE TABLE public.owned (n int); INSERT INTO public.owned VALUES (1)",
    );
    await cleanup.query("DELETE FROM public.t WHERE n = 1");
    await cleanup.end();
    await dropOneOff(server, oneOff);

    // Full, restricted, emptied, rewritten, restored.
    const fill = `INSERT INTO public.big SELECT pg_catalog.repeat(pg_catalog.md5(pg_catalog.random()::pg_catalog.text), 32)
      FROM pg_catalog.generate_series(1, 4000)`;
    await tenant.query(`CREATE TABLE public.big (x pg_catalog.text) WITH (${big});
      CREATE INDEX ON public.big (public.indexed(1)); ALTER TABLE public.big ADD CHECK (true)`);
    const isRestricted = () => ground.events.some(({ kind, app }) => kind === "restricted" && app === id);
    const began = Date.now();
    while (!isRestricted() && Date.now() - began < 60_000) await outcome(tenant.query(fill));
    await ground.event("restricted", id, 1_000);
    const emptied = () =>
      outcome(tenant.query("DELETE FROM public.big")).then(({ error }) => error === undefined || undefined);
    const reclaims = until(
      async () => {
        const holders = await admin(`SELECT a.usename AS session FROM pg_locks l JOIN pg_stat_activity a USING (pid)
          WHERE l.locktype = 'advisory' AND l.objid = 4711`);
        return holders[0]?.session;
      },
      60_000,
      "the app's function while its space is given back",
    );
    await until(emptied, 20_000, "a restricted app that deletes its rows");
    await ground.event("restored", id);

    // A neighbour that is named in here is dropped: the administrator comes in for that.
    const neighbour = await ground.tenant();
    await tenant.query(
      `GRANT SELECT ON public.t TO ${neighbour.id}; CREATE POLICY n ON public.t TO ${neighbour.id}_owner`,
    );
    await dropAppDatabase(server, neighbour.id);

    const seen = await admin("SELECT DISTINCT session, via FROM public.seen ORDER BY 1, 2", id);
    const sessions = new Set(seen.map(({ session }) => String(session)));
    // It did run, as what can do no harm.
    expect(seen.map(({ via }) => via)).toEqual(expect.arrayContaining(["trigger", "index"]));
    expect(await reclaims).toMatch(/^leash_reclaim_/);
    expect([...sessions].filter((session) => session.startsWith("leash_reclaim_"))).toEqual([]);
    expect([...sessions].filter((session) => session !== id && !/^leash_(reclaim|cleanup)_/.test(session))).toEqual([]);
    expect(await wasSuperuser(tenant)).toBe(false);
    await dropAppDatabase(server, id);
    expect(await superusers()).toEqual(before);
  }, 150_000);

  it.each([
    "SELECT count(*) FROM public.v",
    "SELECT t::text FROM public.t",
    "SET search_path = public, pg_catalog; SELECT lower('X'::text)",
  ])("would be found out by this test: a superuser's %s", async (text) => {
    // The guard would take the attribute back.
    await ground.stop();
    const tenant = await plant();
    await admin(text, tenant.id);
    expect(await wasSuperuser(tenant)).toBe(true);
    expect(await superusers()).toContainEqual({ rolname: tenant.id });
    await admin(`ALTER ROLE ${tenant.id} NOSUPERUSER`);
    await dropAppDatabase(ground.server.admin, tenant.id);
  });
});
