import { LeashError } from "../errors";
import { alone } from "../tenancy/one-off";
import { dropScratch } from "../tenancy/scratch";
import { parseScratchName } from "../tenancy/scratch-name";
import { maintenanceDatabase, type TenancyServer, withSession } from "../tenancy/session";
import { findNoted } from "./restore";

export interface Leftover {
  app: string;
  database: string;
}

/**
 * Drops the databases that killed restores and drills of these apps have left half filled. One that was filled, and has
 * yet to be swapped in, stays: the same restore goes on with it. So does what restores have replaced, and what somebody is
 * at right now.
 */
export async function dropLeftovers(server: TenancyServer, apps: readonly string[]): Promise<Leftover[]> {
  const dropped: Leftover[] = [];
  for (const app of new Set((await listUnfinished(server, apps)).map((one) => one.app))) {
    try {
      await alone(server, app, "restore", async () => {
        const noted = await findNoted(server, app);
        // Anew, now that nobody else makes any.
        for (const { database, purpose } of await listUnfinished(server, [app])) {
          if (database === noted) continue;
          await dropScratch(server, app, purpose, database);
          dropped.push({ app, database });
        }
      });
    } catch (error) {
      if (!(error instanceof LeashError && error.code === "tenancy/one-at-a-time")) throw error;
    }
  }
  return dropped;
}

async function listUnfinished(server: TenancyServer, apps: readonly string[]) {
  const { rows } = await withSession(server, maintenanceDatabase, (session) =>
    session.query<{ name: string }>("SELECT datname AS name FROM pg_catalog.pg_database ORDER BY 1"),
  );
  return rows.flatMap(({ name }) => {
    const { app, purpose } = parseScratchName(name) ?? {};
    if (!app || !apps.includes(app) || (purpose !== "new" && purpose !== "drill")) return [];
    return [{ app, database: name, purpose } as const];
  });
}
