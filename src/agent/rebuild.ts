import { readEvidence } from "../backup/fill";
import type { BackupGround } from "../backup/ground";
import type { Manifest } from "../backup/manifest";
import { restoreDatabase } from "../backup/restore";
import { withSource } from "../backup/source";
import { LeashError } from "../errors";
import { readTenants, type Tenant } from "../limits/tenants";
import type { PlanName } from "../plans";
import type { Credential } from "../tenancy/audit";
import { describeAppDatabase, describeServerBaseline } from "../tenancy/describe";
import { ensureLedgerTable, ledgerSchema, recallVerifiers } from "../tenancy/ledger";
import { alone } from "../tenancy/one-off";
import { reconcileServerBaseline } from "../tenancy/reconcile";
import { dropScratch } from "../tenancy/scratch";
import { inMaintenance, maintenanceDatabase, type TenancyServer, withSession } from "../tenancy/session";

export interface RebuildListener {
  onAlone(app: string): void;
  onBegin(manifest: Manifest): void;
  onDone(manifest: Manifest): void;
  onFailed(app: string, error: unknown): void;
}

/**
 * Makes the apps again that are in the store and not on the server: roles, database, rows, and the password that they
 * had, so that their old DATABASE_URL works. One whose database a deploy has made anew, and that holds nothing yet, gets
 * its rows; any other that is there is left alone. One that fails does not stop the others. Killed at any point, the next
 * call goes on.
 */
export async function rebuildServer(
  ground: BackupGround,
  only: readonly string[] | undefined,
  listener: RebuildListener,
  signal: AbortSignal,
): Promise<void> {
  await reconcileServerBaseline(ground.server, describeServerBaseline());
  const { backups } = await ground.store.list();
  const ids = [...new Set(backups.map(({ app }) => app))].filter((id) => only === undefined || only.includes(id));
  const present = await readPresent(ground.server);
  const begun = await readBegun(ground.server);
  for (const app of ids.sort()) {
    if (signal.aborted) return;
    try {
      if (present.has(app) && !begun.has(app) && !(await isEmpty(ground, app))) {
        listener.onAlone(app);
        continue;
      }
      const manifest = chooseBackup(
        backups.filter((backup) => backup.app === app),
        begun.get(app),
      );
      if (!manifest && present.has(app)) {
        listener.onAlone(app);
        continue;
      }
      if (!manifest) throw new LeashError("rebuild/no-backup", `No backup of ${app} was found to be whole.`);
      listener.onBegin(manifest);
      await rebuildApp(ground, manifest, present.get(app)?.plan ?? manifest.plan, signal);
      listener.onDone(manifest);
    } catch (error) {
      listener.onFailed(app, error);
    }
  }
}

/** What was backed up of an empty or half rebuilt one in the meantime must not take the place of what it had. */
function chooseBackup(backups: readonly Manifest[], begun: string | undefined): Manifest | undefined {
  const whole = backups.filter(({ verifiedAt }) => verifiedAt !== null);
  return (
    backups.find(({ id }) => sourceId(id) === begun) ??
    whole.find(({ evidence }) => evidence.tables.length > 0 || evidence.largeObjects > 0) ??
    whole[0]
  );
}

/** Whether an app's database holds no table and no large object. */
async function isEmpty(ground: BackupGround, app: string): Promise<boolean> {
  const { tables, largeObjects } = await alone(ground.server, app, "restore", () => readEvidence(ground, app, app));
  return tables.length === 0 && largeObjects === 0;
}

async function rebuildApp(
  ground: BackupGround,
  manifest: Manifest,
  plan: PlanName,
  signal: AbortSignal,
): Promise<void> {
  const { app, verifier } = manifest;
  const credential = await readCredential(ground.server, app, verifier);
  await withSource(ground, manifest, app, async (source) => {
    await noteBegun(ground.server, app, sourceId(manifest.id));
    const target = { description: describeAppDatabase({ id: app, plan }), credential };
    const { kept } = await restoreDatabase(ground, target, source, { sourceId: sourceId(manifest.id), signal });
    // It was empty.
    await dropScratch(ground.server, app, "old", kept);
  });
}

/**
 * What an app logs in with: what this server was given, or else what the one did that the backup is of.
 * @throws LeashError `rebuild/no-password`
 */
export async function readCredential(server: TenancyServer, app: string, backedUp: string | null): Promise<Credential> {
  const verifiers = await inMaintenance(server, "ledger", async (session) => {
    await ensureLedgerTable(session, "credential");
    return recallVerifiers(session, ["credential"], [app]);
  });
  const verifier = verifiers?.get(app) ?? backedUp;
  if (verifier) return { verifier };
  throw new LeashError("rebuild/no-password", `Nothing tells the password of ${app}: its backup holds no verifier.`, {
    hint: "Let a deploy make the app's database, with a password, and restore the backup into it.",
  });
}

/** The apps of the server as its catalog marks them. */
export async function readPresent(server: TenancyServer): Promise<Map<string, Tenant>> {
  return withSession(server, maintenanceDatabase, readTenants);
}

const table = `${ledgerSchema}.restore`;
const sourceId = (id: string) => `rebuild:${id}`;

/** The apps that a killed rebuild has made and not filled, with what from. */
async function readBegun(server: TenancyServer): Promise<Map<string, string>> {
  return inMaintenance(server, "ledger", async (session) => {
    await ensureLedgerTable(session, "restore");
    const { rows } = await session.query<{ app: string; source: string }>(
      `SELECT app, source FROM ${table} WHERE source LIKE 'rebuild:%'`,
    );
    return new Map(rows.map(({ app, source }) => [app, source]));
  });
}

/** Before the app is there: without it an empty database would be taken for one that was never lost. */
async function noteBegun(server: TenancyServer, app: string, source: string): Promise<void> {
  await withSession(server, maintenanceDatabase, (session) =>
    session.query(
      `INSERT INTO ${table} (app, database, source) VALUES ($1, '', $2)
       ON CONFLICT (app) DO UPDATE SET database = '', source = excluded.source WHERE restore.source <> excluded.source`,
      [app, source],
    ),
  );
}
