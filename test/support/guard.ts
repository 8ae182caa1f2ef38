import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { openSession, type Session } from "../../src/connection/open";
import { createAppId } from "../../src/identifier";
import type { GuardEvent } from "../../src/limits/events";
import { Guard, type GuardOptions } from "../../src/limits/guard";
import type { OpenAs } from "../../src/limits/reclaim";
import type { PlanName } from "../../src/plans";
import { type AppDatabaseDescription, describeAppDatabase } from "../../src/tenancy/describe";
import { reconcileAppDatabase } from "../../src/tenancy/reconcile";
import type { TenancyServer } from "../../src/tenancy/session";
import { type RealServer, startRealServer } from "./tenancy-server";

export interface TestTenant {
  id: string;
  password: string;
  description: AppDatabaseDescription;
  /** A session of the app's own. */
  login(): Promise<Session>;
  /** Runs statements in sessions of their own, one after the other. */
  query(text: string): Promise<{ rows: Record<string, unknown>[] }>;
}

/** A real server with a guard that can be killed and replaced. */
export interface GuardGround {
  server: RealServer;
  events: GuardEvent[];
  /** What a look took, in milliseconds. */
  looks: number[];
  /** Whose size was looked at, one after the other. */
  sizes: string[];
  /** Opens a session of a one-off login. */
  openAs: OpenAs;
  tenant(plan?: PlanName): Promise<TestTenant>;
  start(limits?: GuardOptions["limits"], server?: TenancyServer): void;
  stop(): Promise<void>;
  /** Waits for an event of the app's. */
  event(kind: GuardEvent["kind"], app: string | null, timeoutMs?: number): Promise<GuardEvent>;
  dispose(): Promise<void>;
}

export async function createGuardGround(bin: string | undefined): Promise<GuardGround> {
  const server = await startRealServer(bin);
  const events: GuardEvent[] = [];
  const looks: number[] = [];
  const sizes: string[] = [];
  let running: { abort: AbortController; done: Promise<void> } | undefined;

  const ground: GuardGround = {
    ...{ server, events, looks, sizes },
    openAs: ({ name, password, app }) =>
      openSession({
        ...{ socketDirectory: server.record.socketDirectory, port: 5432, user: name, password, database: app },
        searchPath: "",
      }),
    async tenant(plan = "free") {
      const [id, password] = [createAppId(), randomBytes(16).toString("hex")];
      const description = describeAppDatabase({ id, plan });
      await reconcileAppDatabase(server.admin, description, { credential: { password } });
      const login = () => server.login(id, password);
      return {
        ...{ id, password, description, login },
        async query(text) {
          const session = await login();
          try {
            return await session.query(text);
          } finally {
            await session.end();
          }
        },
      };
    },
    start(limits = {}, through = server.admin) {
      const abort = new AbortController();
      const guard = new Guard({
        server: through,
        openAs: ground.openAs,
        limits,
        onEvent: (event) => events.push(event),
        onLook: (took) => looks.push(took),
        onSize: ({ id }) => sizes.push(id),
      });
      running = { abort, done: guard.run(abort.signal) };
    },
    async stop() {
      running?.abort.abort();
      await running?.done;
      running = undefined;
    },
    async event(kind, app, timeoutMs = 30_000) {
      return until(
        () => events.find((event) => event.kind === kind && event.app === app),
        timeoutMs,
        `${kind} of ${app}`,
      );
    },
    async dispose() {
      await ground.stop();
      await server.dispose();
    },
  };
  return ground;
}

/** Waits until `look` finds something. */
export async function until<Found>(
  look: () => Found | undefined | Promise<Found | undefined>,
  timeoutMs: number,
  what: string,
): Promise<Found> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await sleep(50);
  }
}

/** What a statement of the app's comes to. */
export async function outcome(
  work: Promise<unknown>,
): Promise<{ ms: number; error: string | undefined; code?: string }> {
  const began = performance.now();
  try {
    await work;
    return { ms: performance.now() - began, error: undefined };
  } catch (error) {
    const { message, code } = error as Error & { code?: string };
    return { ms: performance.now() - began, error: message, ...(code ? { code } : {}) };
  }
}

/**
 * Fills the table `t (x text)` megabyte by megabyte, each committed: what the guard interrupts and is rolled back would
 * give its space back by itself.
 */
export const fillTable = (megabytes: number) =>
  `DO $$ BEGIN FOR megabyte IN 1..${megabytes} LOOP ` +
  "INSERT INTO t SELECT repeat(md5(random()::text), 32) FROM generate_series(1, 960); COMMIT; END LOOP; END $$";
