import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, LeashError } from "../errors";
import { type CatalogSession, readServerCatalog } from "./catalog";
import { ownerRole } from "./describe";
import { dropDatabase } from "./drop-database";
import { forgetApp } from "./ledger";
import { outlastLockFlood } from "./lock-flood";
import { dropGrantsOfNeighbours } from "./neighbours";
import { databasesOf } from "./scratch-name";
import { inMaintenance, isBlocked, type TenancyServer } from "./session";
import { identifier } from "./sql";
import { endSessions } from "./terminate";

const attempts = 5;

/**
 * Ends an app's sessions and drops its database and roles, whatever of them is still there.
 * @param patienceMs as for `dropDatabase`
 * @throws LeashError `tenancy/in-use` when a session does not end, `tenancy/held-up`, `tenancy/out-of-locks`
 */
export async function dropAppDatabase(server: TenancyServer, id: string, patienceMs?: number): Promise<void> {
  await outlastLockFlood(() => dropHeld(server, id, patienceMs));
}

async function dropHeld(server: TenancyServer, id: string, patienceMs: number | undefined): Promise<void> {
  await inMaintenance(server, id, async (session) => {
    const catalog = await readServerCatalog(session, { roles: [id, ownerRole(id)], databases: [id] });
    const names = [id, ownerRole(id)].filter((name) => catalog.roles.some((role) => role.name === name));
    for (let attempt = 1; ; attempt++) {
      try {
        await dropOnce(server, session, id, names, patienceMs);
        await forgetApp(session, id);
        return;
      } catch (cause) {
        // 55006: object_in_use. The app may hold its own role in a transaction, and come back as fast as it is ended.
        if (!isBlocked(cause) && errorCode(cause) !== "55006") throw cause;
        if (attempt === attempts) throw inUse(id, cause);
        await sleep(200);
      }
    }
  });
}

async function dropOnce(
  server: TenancyServer,
  session: CatalogSession,
  id: string,
  names: readonly string[],
  patienceMs: number | undefined,
): Promise<void> {
  await endSessions(session, names);
  // From here on nobody logs in; who came in between is ended too.
  for (const name of names) await session.query(`ALTER ROLE ${identifier(name)} NOLOGIN`);
  await endSessions(session, names);
  const databases = await databasesOf(session, id);
  await endSessions(session, databases);
  for (const database of databases) await dropDatabase(session, database, patienceMs);
  await dropGrantsOfNeighbours(server, session, names);
  for (const name of names) await session.query(`DROP ROLE IF EXISTS ${identifier(name)}`);
}

function inUse(id: string, cause: unknown): LeashError {
  return new LeashError("tenancy/in-use", `A session of ${id} does not end, so its database can't be dropped yet.`, {
    hint: "Stop the app and try again; `leash stop` and `leash start` end every session.",
    cause,
  });
}
