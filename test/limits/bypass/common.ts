import { Socket } from "node:net";
import path from "node:path";
import type { Session } from "../../../src/connection/open";
import type { GuardEvent } from "../../../src/limits/events";
import { dropAppDatabase } from "../../../src/tenancy/drop";
import { serverConnections } from "../../../src/tenancy/server-config";
import { outcome, type TestTenant, until } from "../../support/guard";
import { type Arena, type Attempt, connectAs, ended } from "./attempt";
import { hurryAutovacuum } from "./autovacuum";
import { socketOf, startupPacket } from "./wire";

/** The guard ends sessions until what they hold is little enough. */
const hoards = (
  what: string,
  attack: (app: TestTenant, arena: Arena) => Promise<Session[]>,
  kind: GuardEvent["kind"],
  holds: string,
): Attempt => ({
  ...{ what, holds, slow: "works" },
  async run(arena) {
    const app = await arena.ground.tenant("individual");
    const sessions = await attack(app, arena);
    const began = performance.now();
    await arena.ground.event(kind, app.id, 60_000);
    const ms = performance.now() - began;
    for (const session of sessions) await session.end().catch(() => {});
    return `ended (57P01) after ${Math.ceil(ms / 1000)} s`;
  },
});

const manyTables = (from: string, count: number) =>
  `BEGIN; DO $$ BEGIN FOR i IN 1..${count} LOOP EXECUTE format('CREATE TABLE ${from}_%s (n int)', i); END LOOP; END $$`;

const flood = (channel: string) => `DO $$ DECLARE v text := repeat('x', 7900); BEGIN
  FOR i IN 1..25000 LOOP PERFORM pg_notify('${channel}', i || v); END LOOP; END $$`;

/** What all apps of a server share: locks, temporary files, notifications, autovacuum, slots. */
export const commonAttempts: Attempt[] = [
  hoards(
    "hoard advisory locks",
    async (app) => {
      const session = await app.login();
      await session.query("SELECT count(pg_advisory_lock(n)) FROM generate_series(1, 5000) n");
      return [session];
    },
    "locks-ended",
    "the guard: 1,000 advisory locks a session",
  ),
  hoards(
    "hoard locks on tables in several sessions, each below the limit",
    async (app) => {
      const sessions = await Promise.all(Array.from({ length: 5 }, () => app.login()));
      await Promise.all(sessions.map((session, n) => outcome(session.query(manyTables(`t${n}`, 900)))));
      return sessions;
    },
    "locks-ended",
    "the guard: 20,000 locks a session, 30,000 an app",
  ),
  hoards(
    "hold temporary files in cursors that outlive their transaction",
    (app) =>
      Promise.all(
        Array.from({ length: 3 }, async () => {
          const session = await app.login();
          // The guard may end it before it is done.
          await outcome(
            session.query(`BEGIN; DECLARE c CURSOR WITH HOLD FOR
              SELECT repeat(md5(g::text), 30) FROM generate_series(1, 400000) g; COMMIT`),
          );
          return session;
        }),
      ),
    "temporary-ended",
    "the guard: 1 GB of temporary files an app",
  ),
  hoards(
    "hold temporary files that parallel workers share",
    async (app) => {
      const sessions = await Promise.all([1, 2, 3].map(() => app.login()));
      await sessions[0]!.query(`CREATE FUNCTION late(n int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
          $$ SELECT CASE WHEN n = 250000 THEN pg_sleep(120)::text ELSE '' END $$`);
      // Short enough each not to be compressed.
      const wide = Array.from({ length: 4 }, () => "(rpad(n::text, 490))").join(", ");
      // Each on a table of its own: one would wait for the other's note of its index.
      for (const [i, session] of sessions.entries()) {
        await session.query(`CREATE TABLE t_${i} (n int) WITH (parallel_workers = 1);
          INSERT INTO t_${i} SELECT generate_series(1, 250000)`);
        session.query(`SET maintenance_work_mem = '64MB'; CREATE INDEX ON t_${i} (${wide}, late(n))`).catch(() => {});
      }
      return sessions;
    },
    "temporary-ended",
    "the guard: 1 GB of temporary files an app",
  ),
  ended(
    "put more than 1 GB into one temporary file",
    (session) =>
      session.query(`DECLARE c CURSOR WITH HOLD FOR
        SELECT repeat(md5(g::text), 300) FROM generate_series(1, 130000) g`),
    { code: "53400", withinMs: 30_000, holds: "temp_file_limit = 1 GB a process" },
  ),
  hoards(
    "fill the queue of notifications behind a session that does not read",
    async (app, arena) => {
      const deaf = await connectAs(arena, app);
      await deaf.query("LISTEN y");
      socketOf(deaf).pause();
      const writer = await app.login();
      await writer.query(flood("y"));
      return [writer];
    },
    "notifications-ended",
    "the guard: long transactions end from a tenth of the queue on",
  ),
  hoards(
    "fill the queue of notifications behind a listener in an open transaction",
    async (app) => {
      const [listener, writer] = [await app.login(), await app.login()];
      await listener.query("LISTEN x");
      await listener.query("BEGIN; SELECT 1");
      await writer.query(flood("x"));
      return [listener, writer];
    },
    "notifications-ended",
    "the guard: long transactions end from a tenth of the queue on",
  ),
  {
    what: "keep a neighbour from being dropped, by a grant to it in an open transaction",
    ...{ holds: "the drop ends sessions that hold its roles", slow: "waits" },
    async run(arena) {
      const [app, other] = [await arena.ground.tenant(), await arena.ground.tenant()];
      const session = await app.login();
      await session.query(`CREATE TABLE k (n int); BEGIN; GRANT SELECT ON k TO ${other.id}`);
      await dropAppDatabase(arena.ground.server.admin, other.id);
      const { error } = await outcome(session.query("COMMIT"));
      if (error === undefined) throw new Error("it held nothing");
      return "ended (57P01)";
    },
  },
  {
    what: "keep a neighbour from being dropped, by a setting for its database in an open transaction",
    ...{ holds: "the drop ends sessions that hold its database", slow: "waits" },
    async run(arena) {
      const [app, other] = [await arena.ground.tenant(), await arena.ground.tenant()];
      const session = await app.login();
      await session.query("SET ROLE NONE; SET idle_in_transaction_session_timeout = 0");
      await session.query(`BEGIN; ALTER ROLE ${app.id} IN DATABASE ${other.id} SET work_mem = '5MB'`);
      await dropAppDatabase(arena.ground.server.admin, other.id);
      const { error } = await outcome(session.query("COMMIT"));
      if (error === undefined) throw new Error("it held nothing");
      return "ended (57P01)";
    },
  },
  {
    what: "hold its own role in an open transaction, so that it can't be mended",
    ...{ holds: "the guard ends the app's sessions", slow: "waits" },
    async run(arena) {
      const app = await arena.ground.tenant();
      await arena.ground.event("mended", app.id, 2_500).catch(() => {});
      const session = await app.login();
      await session.query(`SET ROLE NONE; ALTER ROLE ${app.id} SET statement_timeout = 0`);
      await session.query(`BEGIN; ALTER ROLE ${app.id} SET work_mem = '64MB'`);
      await arena.ground.event("mended", app.id);
      if ((await outcome(session.query("SELECT 1"))).error === undefined) throw new Error("it goes on");
      return "mended";
    },
  },
  {
    what: "hold every autovacuum worker with an index function that sleeps",
    ...{ holds: "the guard ends workers that take over 10 min while no other is free", slow: "waits" },
    async run(arena) {
      await hurryAutovacuum(arena);
      const apps = await Promise.all([1, 2, 3].map(() => arena.ground.tenant()));
      const ids = apps.map(({ id }) => id);
      for (const app of apps) {
        await app.query(`CREATE FUNCTION slow(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
            IF current_setting('application_name') = '' THEN PERFORM pg_sleep(3600); END IF; RETURN n; END $$;
          CREATE TABLE t (n int) WITH (autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0);
          CREATE INDEX ON t (slow(n)); INSERT INTO t SELECT generate_series(1, 100)`);
      }
      const isEnded = ({ kind, app }: GuardEvent) => kind === "autovacuum-ended" && ids.includes(app ?? "");
      await until(() => arena.ground.events.find(isEnded), 90_000, "the end of a worker");
      for (const { id } of apps) await dropAppDatabase(arena.ground.server.admin, id);
      return "ended (57P01)";
    },
  },
  {
    what: "take every lock of the server, again and again",
    ...{ holds: "the guard: who does so three times may not log in for a minute", last: 0.4 },
    async run(arena) {
      const app = await arena.ground.tenant();
      const isOut = () => arena.ground.events.some(({ kind, app: of }) => kind === "shut-out" && of === app.id);
      const deadline = Date.now() + 120_000;
      const take = "SELECT count(pg_advisory_lock((random() * 2e9)::int)) FROM generate_series(1, 400000)";
      await Promise.all(
        Array.from({ length: 5 }, async () => {
          while (!isOut() && Date.now() < deadline) {
            const session = await app.login().catch(() => undefined);
            const held = session?.query(take).then(() => session.query("SELECT pg_sleep(25)"));
            await held?.catch(() => session?.query("SELECT pg_sleep(25)")).catch(() => {});
            await session?.end().catch(() => {});
          }
        }),
      );
      if (!isOut()) throw new Error("it goes on for ever");
      // Its neighbours do what they want meanwhile; it does too, a minute later.
      const { code } = await app.login().then(
        () => ({ code: "let in" }),
        (error) => error,
      );
      if (code !== "connection/too-many") throw new Error(`not shut out: ${code}`);
      for (let n = 0; n < 20; n++) await arena.mine.query("SELECT 1");
      await until(
        () =>
          app.login().then(
            (s) => s.end().then(() => true),
            () => undefined,
          ),
        75_000,
        "a login",
      );
      return "shut out";
    },
  },
  {
    what: "fill every slot with connections that never log in",
    ...{ holds: "nothing: they end after 10 s (authentication_timeout); the guard keeps its own session", last: 1 },
    async run(arena) {
      const app = await arena.ground.tenant();
      const sleeper = await app.login();
      const held = await app.login();
      const events = arena.ground.events.length;
      const address = path.join(arena.ground.server.record.socketDirectory, ".s.PGSQL.5432");
      const sockets = Array.from({ length: serverConnections + 60 }, () => {
        const socket = new Socket();
        socket.on("error", () => {});
        socket.connect(address, () => socket.write(startupPacket(app.id)));
        return socket;
      });
      const { code } = await until(
        async () => {
          const refusal = await connectAs(arena, arena.mine).then(
            (client) => client.end(),
            (error) => error,
          );
          return refusal?.code === "53300" ? refusal : undefined;
        },
        8_000,
        "slots that are all taken",
      );
      await held.query("SELECT count(pg_advisory_lock(n)) FROM generate_series(1, 5000) n");
      await arena.ground.event("locks-ended", app.id, 5_000);
      await until(
        () =>
          arena.mine
            .login()
            .then((s) => s.end().then(() => true))
            .catch(() => undefined),
        20_000,
        "a free slot",
      );
      for (const socket of sockets) socket.destroy();
      await sleeper.end().catch(() => {});
      const lost = arena.ground.events.slice(events).filter(({ detail }) => detail.work === "look after the server");
      if (lost.length > 0) throw new Error("the guard lost its session");
      return `neighbours refused (${code}) for 10 s`;
    },
  },
];
