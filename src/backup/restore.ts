import { LeashError } from "../errors";
import type { Credential } from "../tenancy/audit";
import { type AppDatabaseDescription, describeDatabaseAlone } from "../tenancy/describe";
import { ensureLedgerTable, ledgerSchema } from "../tenancy/ledger";
import { alone } from "../tenancy/one-off";
import { reconcileAppDatabase } from "../tenancy/reconcile";
import { dropScratch, listKept, swapDatabase } from "../tenancy/scratch";
import { databasesOf } from "../tenancy/scratch-name";
import { inMaintenance, maintenanceDatabase, type TenancyServer, withSession } from "../tenancy/session";
import { literal } from "../tenancy/sql";
import type { RestoreFault } from "./dumps";
import { type FillOptions, fillScratch, type RestoreSource } from "./fill";
import type { BackupGround } from "./ground";

export interface RestoreTarget {
  description: AppDatabaseDescription;
  /** What the app logs in with, where the server may have lost it; without it the app's roles are left alone. */
  credential?: Credential;
}

export interface RestoreOptions extends FillOptions {
  /** Tells one source from another, so that a killed restore is gone on with: a backup's id. */
  sourceId: string;
  onStep?: (step: "restoring" | "resuming" | "swapping") => void;
}

/** Tells people how far a restore is. */
export function tellRestore(progress: (text: string) => void): Pick<RestoreOptions, "onProgress" | "onStep"> {
  return {
    onProgress: (part) => progress(`Restoring (${Math.round(part * 100)} %)`),
    onStep: (step) => {
      if (step === "resuming") progress("Going on with what was restored before");
      if (step === "swapping") progress("Putting it in place");
    },
  };
}

export interface Restored {
  /** The name under which the database that was there before is kept. */
  kept: string;
  faults: RestoreFault[];
}

/**
 * Restores a dump into a new database and lets it take the place of the app's own, which is kept. Until then the app goes
 * on with what it has. Killed at any point, the same call goes on: what was restored is not restored again.
 * @throws LeashError `restore/…`, `backup/…`, `tenancy/…`
 */
export async function restoreDatabase(
  ground: BackupGround,
  { description, credential }: RestoreTarget,
  source: RestoreSource,
  options: RestoreOptions,
): Promise<Restored> {
  const { server } = ground;
  const app = description.id;
  // One that lacks something is gone on with by who takes that.
  const sourceId = options.acceptFaults ? `${options.sourceId} with faults` : options.sourceId;
  return alone(server, app, "restore", async () => {
    // On a new server nothing of the app is there yet.
    if (credential) await reconcileAppDatabase(server, description, { credential });
    let faults: RestoreFault[] = [];
    let database = await findNoted(server, app, sourceId);
    if (database === undefined) {
      options.onStep?.("restoring");
      const filled = await fillScratch(ground, description, "new", source, options);
      assertEqual(filled.comparison?.differences ?? [], options);
      ({ database, faults } = filled);
      await noteRestored(server, app, database, sourceId);
    } else {
      options.onStep?.("resuming");
    }
    options.onStep?.("swapping");
    const kept = await swapDatabase(server, app, database, [forget(app)]);
    // The roles may have got another plan and password since this began.
    await reconcileAppDatabase(server, describeDatabaseAlone(description));
    return { kept, faults };
  });
}

function assertEqual(differences: readonly string[], { acceptFaults }: RestoreOptions): void {
  if (differences.length === 0 || acceptFaults) return;
  throw new LeashError("restore/differs", "What was restored is not what was dumped.", {
    details: differences.slice(0, 10),
    hint: "The app's database was left as it is. Restore another backup, or pass --accept-faults to take this one.",
  });
}

/**
 * Puts the database that the last restore replaced back in its place; the restored one is kept for `redo`. Called again,
 * it goes back by one restore more.
 * @throws LeashError `restore/nothing-kept`
 */
export async function undoRestore(
  server: TenancyServer,
  description: AppDatabaseDescription,
  direction: "undo" | "redo" = "undo",
): Promise<string> {
  const [from, to] = direction === "undo" ? (["old", "undone"] as const) : (["undone", "old"] as const);
  const app = description.id;
  return alone(server, app, "restore", async () => {
    const former = (await listKept(server, app)).find(({ purpose }) => purpose === from);
    if (!former) {
      throw new LeashError("restore/nothing-kept", `There is no restore of this app's to ${direction}.`, {
        hint: "A restore keeps what was there until `leash backups discard`.",
      });
    }
    await swapDatabase(server, app, former.name, [], to);
    await reconcileAppDatabase(server, describeDatabaseAlone(description));
    return former.name;
  });
}

/** Drops the databases that restores and their undoing have replaced; returns their names. */
export async function discardKept(server: TenancyServer, app: string): Promise<string[]> {
  return alone(server, app, "restore", async () => [
    ...(await dropScratch(server, app, "old")),
    ...(await dropScratch(server, app, "undone")),
  ]);
}

const restoreTable = `${ledgerSchema}.restore`;

/** The database of an app's that was filled, from this source or whatever one, and has yet to take the place of its own. */
export async function findNoted(server: TenancyServer, app: string, source?: string): Promise<string | undefined> {
  return inMaintenance(server, "ledger", async (session) => {
    await ensureLedgerTable(session, "restore");
    const { rows } = await session.query<{ database: string }>(
      `SELECT database FROM ${restoreTable} WHERE app = $1 AND source = coalesce($2, source)`,
      [app, source ?? null],
    );
    const database = rows[0]?.database;
    if (database === undefined || !(await databasesOf(session, app)).includes(database)) return undefined;
    return database;
  });
}

async function noteRestored(server: TenancyServer, app: string, database: string, source: string): Promise<void> {
  await withSession(server, maintenanceDatabase, (session) =>
    session.query(
      `INSERT INTO ${restoreTable} (app, database, source) VALUES ($1, $2, $3)
       ON CONFLICT (app) DO UPDATE SET database = excluded.database, source = excluded.source`,
      [app, database, source],
    ),
  );
}

const forget = (app: string) => `DELETE FROM ${restoreTable} WHERE app = ${literal(app)}`;
