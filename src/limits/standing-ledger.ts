import type { CatalogSession } from "../tenancy/catalog";
import { ledgerSchema } from "../tenancy/ledger";

/** What a guard leaves for the one that comes after it. */
export interface StandingRecord {
  app: string;
  /** The least that the restricted app was down to, in bytes. */
  floorBytes: number | null;
  /** Sessions that began before this time of the server's have yet to be ended. */
  settleBefore: string | null;
}

export async function readStandingRecords(session: CatalogSession): Promise<StandingRecord[]> {
  const { rows } = await session.query<{ app: string; floor: string | null; settleBefore: string | null }>(
    `SELECT app, floor_bytes AS floor, settle_before::text AS "settleBefore" FROM ${ledgerSchema}.standing`,
  );
  return rows.map(({ app, floor, settleBefore }) => ({
    ...{ app, settleBefore },
    floorBytes: floor === null ? null : Number(floor),
  }));
}

export async function writeStandingRecord(session: CatalogSession, record: StandingRecord): Promise<void> {
  await session.query(
    `INSERT INTO ${ledgerSchema}.standing (app, floor_bytes, settle_before) VALUES ($1, $2, $3)
     ON CONFLICT (app) DO UPDATE SET floor_bytes = excluded.floor_bytes, settle_before = excluded.settle_before`,
    [record.app, record.floorBytes, record.settleBefore],
  );
}

/** How far down a restricted app is noted to be; a restore notes more, where that makes the database larger. */
export async function readFloor(session: CatalogSession, app: string): Promise<number> {
  const { rows } = await session.query<{ floor: string | null }>(
    `SELECT floor_bytes AS floor FROM ${ledgerSchema}.standing WHERE app = $1`,
    [app],
  );
  return Number(rows[0]?.floor ?? 0);
}

/** Notes how far a restricted app is down, and leaves the rest as it is. */
export async function writeFloor(session: CatalogSession, app: string, floorBytes: number): Promise<void> {
  await session.query(`UPDATE ${ledgerSchema}.standing SET floor_bytes = $2 WHERE app = $1`, [app, floorBytes]);
}

export async function deleteStandingRecord(session: CatalogSession, app: string): Promise<void> {
  await session.query(`DELETE FROM ${ledgerSchema}.standing WHERE app = $1`, [app]);
}
