import { Client } from "pg";
import type { Session } from "../../../src/connection/open";
import { dropAppDatabase } from "../../../src/tenancy/drop";
import { createGuardGround, type GuardGround, outcome, type TestTenant, until } from "../../support/guard";

/** Something that an app tries, and what came of it: a row of the table in docs/security.md. */
export interface Attempt {
  /** Completes "An app tries to …". */
  what: string;
  /** What keeps it from doing harm. */
  holds: string;
  /** Servers that have no such thing are left out. */
  since?: number;
  /** Has apps of its own, so that it runs beside others: from the beginning on, or in its turn where it is busy. */
  slow?: "waits" | "works";
  /** Disturbs the others: it comes after them, in this order. */
  last?: number;
  /** @returns what came of it, as the table tells it; throws where that is not what was expected */
  run(arena: Arena): Promise<string>;
}

/** A server under attack. */
export interface Arena {
  ground: GuardGround;
  major: number;
  /** Shared by what leaves no traces. */
  mine: TestTenant;
  neighbour: TestTenant;
  /** A session of the guard's, and one of the neighbour's. */
  guardPid: number;
  neighbourPid: number;
  launcherPid: number;
  /** Runs as the administrator. */
  admin(text: string, database?: string): Promise<Record<string, unknown>[]>;
  /** Runs as the neighbour. */
  asNeighbour(text: string): Promise<Record<string, unknown>[]>;
  dispose(): Promise<void>;
}

export async function createArena(bin: string | undefined): Promise<Arena> {
  const ground = await createGuardGround(bin);
  ground.start({
    sweepMs: 1_000,
    unstoppableMs: 1_000,
    autovacuumMs: 3_000,
    appLocks: 3_000,
    offenceMs: 15_000,
    notificationQueue: 0.02,
  });
  const [mine, neighbour] = [await ground.tenant("individual"), await ground.tenant("individual")];
  const admin: Arena["admin"] = async (text, database = "postgres") => {
    const session = await ground.server.admin.openSession(database);
    try {
      return (await session.query(text)).rows;
    } finally {
      await session.end();
    }
  };
  const quiet = await neighbour.login();
  await quiet.query("SELECT 'words of the neighbour'");
  const [known] = (await admin(
    `SELECT current_setting('server_version_num')::int / 10000 AS major,
            (SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum launcher') AS "launcherPid",
            (SELECT pid FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid()
              ORDER BY backend_start LIMIT 1) AS "guardPid",
            (SELECT pid FROM pg_stat_activity WHERE usename = '${neighbour.id}') AS "neighbourPid"`,
  )) as [Pick<Arena, "major" | "launcherPid" | "guardPid" | "neighbourPid">];
  return {
    ...{ ground, mine, neighbour, admin, ...known },
    asNeighbour: async (text) => (await quiet.query(text)).rows,
    async dispose() {
      await quiet.end().catch(() => {});
      await ground.dispose();
    },
  };
}

export type Text = string | ((arena: Arena, app: TestTenant) => string);

export const textOf = (text: Text, arena: Arena, app: TestTenant) =>
  typeof text === "string" ? text : text(arena, app);

/** SQLSTATE by itself, or by the first major version that answers so. */
export type Code = string | Record<number, string>;

export function codeFor(code: Code, major: number): string {
  if (typeof code === "string") return code;
  return Object.entries(code).findLast(([since]) => major >= Number(since))![1];
}

/** Refused at once, as the owner role and as the login alike. */
export function refused(what: string, text: Text, code: Code, holds: string, since?: number): Attempt {
  return {
    ...{ what, holds, ...(since ? { since } : {}) },
    async run(arena) {
      const expected = codeFor(code, arena.major);
      for (const role of [undefined, "NONE"]) {
        const session = await arena.mine.login();
        if (role) await session.query(`SET ROLE ${role}`);
        const { code: got, error } = await outcome(session.query(textOf(text, arena, arena.mine)));
        await session.end();
        if (got !== expected) throw new Error(`as ${role ?? "owner"}: ${got ?? "allowed"} ${error}, not ${expected}`);
      }
      return `refused (${expected})`;
    },
  };
}

interface Ending {
  code: string;
  atLeastMs?: number;
  withinMs: number;
  setup?: string;
  holds: string;
}

/** Runs until the server or the guard ends it, on an app of its own. */
export function ended(
  what: string,
  attack: (session: Session, app: TestTenant, arena: Arena) => Promise<unknown>,
  { code, atLeastMs = 0, withinMs, setup, holds }: Ending,
): Attempt {
  return {
    ...{ what, holds, slow: "waits" as const },
    async run(arena) {
      const app = await arena.ground.tenant();
      if (setup) await app.query(setup);
      const session = await app.login();
      const { code: got, error, ms } = await outcome(attack(session, app, arena));
      await session.end().catch(() => {});
      if (got !== code) throw new Error(`${got ?? "allowed"} ${error}, not ${code}`);
      if (ms < atLeastMs) throw new Error(`ended after ${ms} ms already`);
      if (ms > withinMs) throw new Error(`ended after ${ms} ms, not within ${withinMs}`);
      return `ended (${code}) after ${Math.round(ms / 1000)} s`;
    },
  };
}

/** Allowed, and the proof that it does no harm to anybody else. */
export function harmless(
  what: string,
  text: Text,
  proof: (arena: Arena, app: TestTenant, rows: Record<string, unknown>[]) => Promise<void> | void,
  holds: string,
  role?: "login",
): Attempt {
  return {
    ...{ what, holds },
    async run(arena) {
      const app = await arena.ground.tenant();
      const session = await app.login();
      if (role === "login") await session.query("SET ROLE NONE");
      const results = [await session.query(textOf(text, arena, app))].flat();
      try {
        await proof(arena, app, results.at(-1)!.rows);
      } finally {
        await session.end();
      }
      await dropAppDatabase(arena.ground.server.admin, app.id);
      return "allowed";
    },
  };
}

/** Allowed, and put right by the guard. */
export function mended(
  what: string,
  text: Text,
  proof: (app: TestTenant, arena: Arena) => Promise<boolean>,
  holds: string,
): Attempt {
  return {
    ...{ what, holds, slow: "waits" as const },
    async run(arena) {
      const app = await arena.ground.tenant();
      // The guard knows it by then, and finds what changes from here on.
      await arena.ground.event("mended", app.id, 2_500).catch(() => {});
      // Leash's own sessions end at a message as long as what is attempted here.
      const session = await connectAs(arena, app);
      await session.query("SET ROLE NONE");
      await session.query(textOf(text, arena, app));
      await session.end();
      const began = performance.now();
      await arena.ground.event("mended", app.id, 15_000);
      await until(() => proof(app, arena).catch(() => false), 5_000, "what was there before");
      const seconds = Math.ceil((performance.now() - began) / 1000);
      return `mended after ${seconds} s`;
    },
  };
}

/** A session of the app's as a client of its own making opens it. */
export async function connectAs(
  { ground }: Arena,
  { id, password }: Pick<TestTenant, "id" | "password">,
  more: { database?: string; options?: string; application_name?: string; replication?: string } = {},
): Promise<Client> {
  const host = ground.server.record.socketDirectory;
  const client = new Client({ host, port: 5432, user: id, password, database: id, ssl: false, ...more });
  client.on("error", () => {});
  await client.connect();
  return client;
}
