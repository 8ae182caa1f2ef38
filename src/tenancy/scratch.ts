import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, LeashError } from "../errors";
import type { CatalogSession } from "./catalog";
import { type AppDatabaseDescription, describeDatabaseAlone, ownerRole } from "./describe";
import { dropDatabase } from "./drop-database";
import { ensureLedgerTable, ledgerSchema } from "./ledger";
import { describeMissingApp } from "./one-off";
import { holdAppDatabase } from "./reconcile";
import { databasesOf, type KeptPurpose, parseScratchName, type ScratchPurpose, scratchName } from "./scratch-name";
import { inMaintenance, maintenanceDatabase, type TenancyServer, withSession } from "./session";
import { identifier, literal } from "./sql";
import { terminateSessions } from "./terminate";

/** A database of an app's that a restore has replaced, or the undoing of one. */
export interface KeptDatabase {
  name: string;
  purpose: KeptPurpose;
  /** When it was replaced. */
  at: Date;
  bytes: number;
}

/** Makes an empty database for an app, as its own is, into which nobody but a one-off login may go. */
export async function createScratch(
  server: TenancyServer,
  description: AppDatabaseDescription,
  purpose: ScratchPurpose,
  now = new Date(),
): Promise<string> {
  const name = scratchName(description.id, purpose, now);
  const owner = ownerRole(description.id);
  const privileges = description.database.privileges.filter(({ role }) => role === owner);
  try {
    await holdAppDatabase(server, describeDatabaseAlone(description, { name, privileges }));
  } catch (cause) {
    await dropScratch(server, description.id, purpose, name).catch(() => {});
    throw describeMissingApp(cause, description.id);
  }
  return name;
}

/** Drops an app's databases of one purpose, or those of them that are named. */
export async function dropScratch(
  server: TenancyServer,
  app: string,
  purpose: ScratchPurpose,
  only?: string,
): Promise<string[]> {
  return inMaintenance(server, app, async (session) => {
    const dropped: string[] = [];
    for (const name of await databasesOf(session, app)) {
      if (parseScratchName(name)?.purpose !== purpose || (only !== undefined && name !== only)) continue;
      await dropDatabase(session, name);
      dropped.push(name);
    }
    return dropped;
  });
}

/** What restores and their undoing have replaced and nobody has dropped yet, newest first. */
export async function listKept(server: TenancyServer, app: string): Promise<KeptDatabase[]> {
  return withSession(server, maintenanceDatabase, async (session) => {
    const kept: KeptDatabase[] = [];
    for (const name of await databasesOf(session, app)) {
      const parsed = parseScratchName(name);
      if (parsed?.purpose !== "old" && parsed?.purpose !== "undone") continue;
      const { rows } = await session.query<{ bytes: string }>("SELECT pg_catalog.pg_database_size($1) AS bytes", [
        name,
      ]);
      kept.push({ name, purpose: parsed.purpose, at: parsed.at, bytes: Number(rows[0]!.bytes) });
    }
    return kept.sort((a, b) => b.at.getTime() - a.at.getTime());
  });
}

const swapAttempts = 5;

/**
 * Puts another database of an app's in the place of its own, which is kept under the name that this returns. Both
 * happen in one transaction; the app's sessions end.
 * @param alongside statements of the same transaction
 * @throws LeashError `tenancy/in-use` when a session does not end
 */
export async function swapDatabase(
  server: TenancyServer,
  app: string,
  replacement: string,
  alongside: readonly string[] = [],
  keptAs: KeptPurpose = "old",
): Promise<string> {
  const kept = scratchName(app, keptAs, new Date());
  await inMaintenance(server, app, async (session) => {
    await ensureLedgerTable(session, "standing");
    for (let attempt = 1; ; attempt++) {
      try {
        await swapOnce(session, app, replacement, kept, [judgeAnew(app), ...alongside]);
        return;
      } catch (cause) {
        // 55006: object_in_use.
        if (errorCode(cause) !== "55006") throw cause;
        if (attempt === swapAttempts) {
          await session.query(`ALTER DATABASE ${identifier(app)} ALLOW_CONNECTIONS true`);
          throw new LeashError("tenancy/in-use", `A session of ${app} does not end, so its database stays.`, {
            hint: "Stop the app, then run the same command again: it goes on where it was.",
            cause,
          });
        }
        await sleep(200);
      }
    }
  });
  return kept;
}

/**
 * What the app has set for its role in its database (a search path) is of the database that has the name. As rows: to
 * take the app's values into a superuser's session, even to write them, is what may not be.
 */
function keepSettings(app: string, replacement: string): string[] {
  const oid = (database: string) => `(SELECT oid FROM pg_catalog.pg_database WHERE datname = ${literal(database)})`;
  return [
    `DELETE FROM pg_catalog.pg_db_role_setting WHERE setdatabase = ${oid(replacement)}`,
    `UPDATE pg_catalog.pg_db_role_setting SET setdatabase = ${oid(replacement)} WHERE setdatabase = ${oid(app)}`,
  ];
}

/**
 * For the guard: what the app may do while it is over its plan has yet to be granted in the other database, and what that
 * is larger by was not written by the app.
 */
const judgeAnew = (app: string) =>
  `UPDATE ${ledgerSchema}.standing SET settle_before = pg_catalog.clock_timestamp(), floor_bytes = greatest(floor_bytes,
     pg_catalog.pg_database_size(${literal(app)}) - pg_catalog.pg_database_size('template0')) WHERE app = ${literal(app)}`;

async function swapOnce(
  session: CatalogSession,
  app: string,
  replacement: string,
  kept: string,
  alongside: readonly string[],
): Promise<void> {
  const [own, other, old] = [app, replacement, kept].map(identifier);
  // An app that comes back as fast as it is ended is kept out; a reconcile lets it in, should this be killed.
  await session.query(`ALTER DATABASE ${own} ALLOW_CONNECTIONS false`);
  await terminateSessions(session, "datname = ANY($1) AND pid <> pg_catalog.pg_backend_pid()", [app, replacement]);
  // One message is one transaction.
  await session.query(
    [
      ...keepSettings(app, replacement),
      `ALTER DATABASE ${own} RENAME TO ${old}`,
      `ALTER DATABASE ${old} ALLOW_CONNECTIONS true`,
      `REVOKE ALL ON DATABASE ${old} FROM ${identifier(app)}`,
      `ALTER DATABASE ${other} RENAME TO ${own}`,
      ...alongside,
    ].join(";\n"),
  );
}
