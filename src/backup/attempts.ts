import { ensureLedgerTable, ledgerSchema } from "../tenancy/ledger";
import { maintenanceDatabase, type TenancyServer, withSession } from "../tenancy/session";
import type { Manifest } from "./manifest";

/** What became of the last attempts to back an app up. */
export interface Attempts {
  /** When backups first saw the app. */
  seenAt: Date;
  /** When the last attempt failed; null where it did not. */
  failedAt: Date | null;
  /** How many failed in a row. */
  failures: number;
  error: string | null;
}

/** Whether they fail: nobody, with `leash backups create` for example, has made a good one since. */
export function areFailing(
  { failures, failedAt }: Attempts,
  newestGood: Pick<Manifest, "startedAt"> | undefined,
): boolean {
  return failures > 0 && !(newestGood && failedAt && Date.parse(newestGood.startedAt) > failedAt.getTime());
}

interface Row {
  app: string;
  seen_at: Date;
  failed_at: Date | null;
  failures: number | null;
  error: string | null;
}

/** Reads the attempts of all apps, and notes that those of `apps` were seen. */
export async function readAttempts(
  server: TenancyServer,
  apps: readonly string[],
  now: Date,
): Promise<Map<string, Attempts>> {
  return withSession(server, maintenanceDatabase, async (session) => {
    await ensureLedgerTable(session, "backup");
    await session.query(
      `INSERT INTO ${ledgerSchema}.backup (app, seen_at) SELECT unnest($1::text[]), $2 ON CONFLICT (app) DO NOTHING`,
      [apps, now],
    );
    const { rows } = await session.query<Row>(`SELECT * FROM ${ledgerSchema}.backup WHERE app = ANY($1)`, [apps]);
    return new Map(
      rows.map(({ app, seen_at, failed_at, failures, error }) => [
        app,
        { seenAt: seen_at, failedAt: failed_at, failures: failures ?? 0, error },
      ]),
    );
  });
}

export async function writeAttempts(server: TenancyServer, app: string, attempts: Attempts): Promise<void> {
  await withSession(server, maintenanceDatabase, (session) =>
    session.query(`UPDATE ${ledgerSchema}.backup SET failed_at = $2, failures = $3, error = $4 WHERE app = $1`, [
      app,
      attempts.failedAt,
      attempts.failures,
      attempts.error,
    ]),
  );
}
