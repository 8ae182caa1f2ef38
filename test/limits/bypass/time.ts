import { setTimeout as sleep } from "node:timers/promises";
import { dropAppDatabase } from "../../../src/tenancy/drop";
import { outcome, until } from "../../support/guard";
import { type Arena, type Attempt, connectAs, ended } from "./attempt";
import { extendedQuery, fastpathSleep, simpleQuery, socketOf, speak } from "./wire";

const cancels = "the guard cancels after 31 s";
const terminates = "the guard ends the session a second after a cancel that was not heeded";
const cancelled = { code: "57014", withinMs: 34_000 };
const terminated = { code: "57P01", withinMs: 36_000 };
const unlimited = "SET statement_timeout = 0;";

/** A session that reads nothing any more. */
async function whileDeaf(
  arena: Arena,
  sql: string,
  wait: (pid: number, socket: ReturnType<typeof socketOf>) => Promise<void>,
): Promise<void> {
  const app = await arena.ground.tenant();
  const client = await connectAs(arena, app);
  const { rows } = await client
    .query(`${unlimited} SELECT 1`)
    .then(() => client.query("SELECT pg_backend_pid() AS pid"));
  const socket = socketOf(client);
  socket.pause();
  socket.write(simpleQuery(sql));
  await wait(rows[0].pid, socket).finally(() => socket.destroy());
}

async function isGone(arena: Arena, pid: number): Promise<boolean> {
  return (await arena.admin(`SELECT 1 FROM pg_stat_activity WHERE pid = ${pid}`)).length === 0;
}

/** Statements and transactions that take longer than the plan allows. */
export const timeAttempts: Attempt[] = [
  ended("lift its statement timeout with SET", (s) => s.query(`${unlimited} SELECT pg_sleep(120)`), {
    ...{ ...cancelled, holds: cancels },
  }),
  ended(
    "lift it with set_config()",
    (s) => s.query("SELECT set_config('statement_timeout', '0', false); SELECT pg_sleep(120)"),
    { ...cancelled, holds: cancels },
  ),
  ended(
    "lift it in the startup packet (PGOPTIONS), under the platform's application_name",
    async (_session, app, arena) => {
      const client = await connectAs(arena, app, { options: "-c statement_timeout=0", application_name: "leash" });
      await client.query("SELECT pg_sleep(120)");
    },
    { ...cancelled, holds: `${cancels}; who is exempt is decided by the login` },
  ),
  ended("lift it in a function's SET clause", (s) => s.query("SELECT f()"), {
    setup: "CREATE FUNCTION f() RETURNS void LANGUAGE sql SET statement_timeout = 0 AS 'SELECT pg_sleep(120)'",
    ...{ ...cancelled, holds: "PostgreSQL: the clock of the statement runs already" },
  }),
  ended(
    "outlive the cancel with an exception handler",
    (s) =>
      s.query(`${unlimited} DO $$ BEGIN LOOP
        BEGIN PERFORM pg_sleep(120); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END $$`),
    { ...terminated, holds: terminates },
  ),
  ended("send many statements as one message", (s) => s.query(`${unlimited} ${"SELECT pg_sleep(5);".repeat(20)}`), {
    ...cancelled,
    holds: `${cancels}; a message is one statement`,
  }),
  ended(
    "commit again and again in one statement",
    (s) =>
      s
        .query(`${unlimited.slice(0, -1)}`)
        .then(() => s.query("DO $$ BEGIN LOOP PERFORM pg_sleep(0.1); COMMIT; END LOOP; END $$")),
    { ...cancelled, holds: cancels },
  ),
  ended(
    "sleep in a deferred trigger, at COMMIT",
    (s) =>
      s
        .query(unlimited)
        .then(() => s.query("BEGIN; INSERT INTO t VALUES (1)"))
        .then(() => s.query("COMMIT")),
    {
      setup: `CREATE TABLE t (n int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_sleep(120); RETURN NULL; END $$; CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()`,
      ...{ ...cancelled, holds: cancels },
    },
  ),
  ended(
    "call a function past the executor (fastpath)",
    async (_session, app, arena) => {
      const client = await connectAs(arena, app);
      await client.query(unlimited);
      await speak(client, fastpathSleep(120));
    },
    { ...cancelled, holds: cancels },
  ),
  ended(
    "stall a COPY from the client",
    async (_session, app, arena) => {
      const client = await connectAs(arena, app);
      await client.query(unlimited);
      await speak(client, simpleQuery("COPY t FROM STDIN"));
    },
    { setup: "CREATE TABLE t (n int)", ...terminated, holds: terminates },
  ),
  ended(
    "leave an extended query without its Sync",
    async (_session, app, arena) => {
      const client = await connectAs(arena, app);
      await client.query(unlimited);
      await speak(client, extendedQuery("SELECT 1"));
    },
    { ...terminated, holds: terminates },
  ),
  {
    what: "ask for much and read nothing (COPY TO STDOUT)",
    ...{ holds: terminates, slow: "waits" },
    async run(arena) {
      let began = 0;
      const sql =
        "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 100000) a, generate_series(1, 1000) b) TO STDOUT";
      await whileDeaf(arena, sql, async (pid) => {
        began = performance.now();
        await sleep(20_000);
        if (await isGone(arena, pid)) throw new Error("it ended by itself, so this proves nothing");
        await until(() => isGone(arena, pid).then((gone) => gone || undefined), 18_000, "its end");
      });
      return `ended (57P01) after ${Math.round((performance.now() - began) / 1000)} s`;
    },
  },
  {
    what: "go away while its statement runs",
    ...{ holds: cancels, slow: "waits" },
    async run(arena) {
      let began = 0;
      await whileDeaf(arena, "SELECT pg_sleep(120)", async (pid, socket) => {
        began = performance.now();
        socket.end();
        await sleep(25_000);
        if (await isGone(arena, pid)) throw new Error("it ended by itself, so this proves nothing");
        await until(() => isGone(arena, pid).then((gone) => gone || undefined), 13_000, "its end");
      });
      return `ended (57014) after ${Math.round((performance.now() - began) / 1000)} s`;
    },
  },
  ...["SELECT 1", "SELECT 1/0"].map((sql) =>
    ended(
      `sit idle in ${sql.endsWith("0") ? "a failed" : "an open"} transaction without a timeout of its own`,
      async (session) => {
        await session.query("SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0");
        await session.query("BEGIN");
        await session.query(sql).catch(() => {});
        const end = new Promise((_, reject) => session.on("error", reject));
        await end;
      },
      { code: "57P01", atLeastMs: 60_000, withinMs: 66_000, holds: "the guard ends the session after 61 s" },
    ),
  ),
  {
    what: "run what PostgreSQL can't interrupt (a huge strpos())",
    ...{ holds: "nothing but time: the guard says so loudly", last: 2 },
    async run(arena) {
      const app = await arena.ground.tenant();
      const session = await app.login();
      // It would go on for hours: the server's end is its end.
      const work = session.query(`${unlimited} SELECT strpos(repeat('a', 200000000), 'b' || repeat('a', 100000))`);
      work.catch(() => {});
      await arena.ground.event("unstoppable", app.id, 60_000);
      // Its neighbours come and work beside it. None can be dropped meanwhile, which a drop says, and lets nobody in.
      const other = await arena.ground.tenant();
      await other.query("CREATE TABLE t (n int)");
      const { code, error } = await outcome(dropAppDatabase(arena.ground.server.admin, other.id, 3_000));
      if (code !== "tenancy/held-up" || !error?.includes(app.id)) throw new Error(`a drop: ${code} ${error}`);
      if ((await outcome(other.login())).error === undefined) throw new Error("who is half dropped got in");
      return "told after 34 s";
    },
  },
];
