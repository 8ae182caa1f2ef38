import { readUsages, type Usage } from "../limits/usage";
import { type App, listApps } from "../platform/app-store";
import { readAppUsage } from "../platform/app-usage";
import type { Home } from "../platform/home";
import { administratorServer, serverStatus } from "../platform/server";
import { readServerRecord } from "../platform/server-record";
import { maintenanceDatabase, type ReusedSessions, reuseSessions, type TenancyServer } from "../tenancy/session";

/** A look may be this old before it is taken anew; the answer does not wait for that. */
const freshMs = 1_000;
/** An older one is no answer: the page was away. */
const mostMs = 15_000;

/**
 * What every app of the home uses. Sizes take long to read where there are many databases or a busy disk, so that a look is
 * shared by all who ask, and is at most some seconds old.
 */
export class UsageReader {
  #home: Home;
  #seen: { at: number; usages: Map<string, Usage> } | undefined;
  #looking: Promise<void> | undefined;
  #server: { socketDirectory: string; server: ReusedSessions } | undefined;

  constructor(home: Home) {
    this.#home = home;
  }

  async read(): Promise<ReadonlyMap<string, Usage>> {
    const age = this.#seen ? performance.now() - this.#seen.at : Number.POSITIVE_INFINITY;
    if (age > freshMs) {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
      // Whoever does not wait hears of a failure by the next look.
      this.#looking.catch(() => {});
      if (age > mostMs) await this.#looking;
    }
    return this.#seen?.usages ?? new Map();
  }

  /** Something was done that changes what is used. */
  forget(): void {
    this.#seen = undefined;
  }

  /** Lets go of the server; the look that is under way comes to its end. */
  async close(): Promise<void> {
    await this.#looking?.catch(() => {});
    await this.#server?.server.close();
  }

  async #look(): Promise<void> {
    const apps = listApps(this.#home);
    const [own, stacks] = await Promise.all([this.#readOwn(apps), this.#readStacks(apps)]);
    this.#seen = { at: performance.now(), usages: new Map([...own, ...stacks]) };
  }

  async #readOwn(apps: readonly App[]): Promise<Map<string, Usage>> {
    const wanted = apps.flatMap(({ id, database }) =>
      database?.state === "ready" ? [{ id, plan: database.plan }] : [],
    );
    if (wanted.length === 0 || !serverStatus(this.#home).running) return new Map();
    try {
      const session = await this.#administrator().openSession(maintenanceDatabase);
      try {
        return await readUsages(session, wanted);
      } finally {
        await session.end();
      }
    } catch {
      // It stops or starts right now; the page says that nothing is known.
      return new Map();
    }
  }

  async #readStacks(apps: readonly App[]): Promise<Map<string, Usage>> {
    const found = await Promise.all(
      apps
        .filter(({ stack }) => stack?.state === "ready" && stack.socketDirectory !== undefined)
        .map(async (app) => {
          try {
            return [[app.id, (await readAppUsage(this.#home, app)).usage] as const];
          } catch {
            return [];
          }
        }),
    );
    return new Map(found.flat());
  }

  #administrator(): TenancyServer {
    const record = readServerRecord(this.#home)!;
    if (this.#server?.socketDirectory !== record.socketDirectory) {
      const server = reuseSessions(administratorServer(record));
      this.#server = { socketDirectory: record.socketDirectory, server };
    }
    return this.#server.server;
  }
}
