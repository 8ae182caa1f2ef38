import fs from "node:fs";
import path from "node:path";
import { serverPaths } from "../../../src/platform/server-record";
import { dropAppDatabase } from "../../../src/tenancy/drop";
import type { TestTenant } from "../../support/guard";
import type { Arena, Attempt } from "./attempt";
import { MiB, rows, sizeOf } from "./storage";

/** Autovacuum looks at every database each second. */
export async function hurryAutovacuum({ ground, admin }: Pick<Arena, "ground" | "admin">): Promise<void> {
  const conf = path.join(serverPaths(ground.server.record).data, "postgresql.conf");
  fs.appendFileSync(conf, "autovacuum_naptime = '1s'\n");
  await admin("SELECT pg_reload_conf()");
}

/** Code of an app's that autovacuum runs, once in each of its transactions. */
export const inAutovacuum = (code: string) => `
  CREATE FUNCTION act(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('application_name') <> '' OR current_setting('my.turn', true) = '1' THEN RETURN n; END IF;
    PERFORM set_config('my.turn', '1', true);
    ${code}
    RETURN n; END $$;
  CREATE FUNCTION f(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.act(n); END $$;
  CREATE TABLE w (x text);
  CREATE TABLE t (n int) WITH (autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0);
  CREATE INDEX ON t (public.f(n));
  INSERT INTO t SELECT generate_series(1, 20)`;

const attempt = (
  what: string,
  holds: string,
  last: number,
  code: string,
  proof: (arena: Arena, app: TestTenant) => Promise<string>,
): Attempt => ({
  ...{ what, holds, last },
  async run(arena) {
    const app = await arena.ground.tenant();
    await hurryAutovacuum(arena);
    await app.query(inAutovacuum(code));
    try {
      return await proof(arena, app);
    } finally {
      await dropAppDatabase(arena.ground.server.admin, app.id);
    }
  },
});

/** Functions of an index run in autovacuum, which needs no login and has no time limit. */
export const autovacuumAttempts: Attempt[] = [
  attempt(
    "write in a function that autovacuum runs, when nobody has been there for long",
    "autovacuum counts as activity; the guard restricts, and ends it",
    0.1,
    `PERFORM pg_sleep(10); FOR i IN 1..100 LOOP INSERT INTO public.w ${rows(10)}; END LOOP;`,
    async (arena, app) => {
      await arena.ground.event("restricted", app.id, 90_000);
      const megabytes = Math.round((await sizeOf(arena, app)) / MiB);
      if (megabytes > 1_000) throw new Error(`${megabytes} MB were written before`);
      return "restricted";
    },
  ),
  attempt(
    "take every lock of the server in a function that autovacuum runs",
    "the guard, on the session that it has: 1,000 advisory locks a process",
    0.3,
    `BEGIN PERFORM pg_advisory_lock(g) FROM generate_series(1, 400000) g; EXCEPTION WHEN OTHERS THEN NULL; END;
     PERFORM pg_sleep(3600);`,
    async (arena, app) => {
      await arena.ground.event("locks-ended", app.id, 60_000);
      return "ended (57P01)";
    },
  ),
];
