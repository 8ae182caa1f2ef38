import type { CatalogSession } from "./catalog";

/** Databases of an app's beside its own: what a restore fills, what a drill fills, what a restore has replaced, and what an undo has. */
export type ScratchPurpose = "new" | "drill" | KeptPurpose;

export type KeptPurpose = "old" | "undone";

/** `app_7k2m9qd4tx_new_20261123031500` */
export function scratchName(app: string, purpose: ScratchPurpose, now: Date): string {
  return `${app}_${purpose}_${now.toISOString().replace(/\D/g, "").slice(0, 17)}`;
}

const pattern = /^(app_[a-z0-9]+)_(new|drill|old|undone)_(\d{17})$/;

export function parseScratchName(name: string): { app: string; purpose: ScratchPurpose; at: Date } | undefined {
  const [, app, purpose, stamp] = pattern.exec(name) ?? [];
  if (!app || !stamp) return undefined;
  const [, year, month, day, hours, minutes, seconds, ms] = /^(....)(..)(..)(..)(..)(..)(...)$/.exec(stamp)!;
  const at = new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}.${ms}Z`);
  return { app, purpose: purpose as ScratchPurpose, at };
}

/** The names of an app's databases, its own first. */
export async function databasesOf(session: CatalogSession, app: string): Promise<string[]> {
  const { rows } = await session.query<{ name: string }>(
    "SELECT datname AS name FROM pg_catalog.pg_database WHERE datname = $1 OR pg_catalog.starts_with(datname, $2) ORDER BY 1",
    [app, `${app}_`],
  );
  return rows.map(({ name }) => name).filter((name) => name === app || parseScratchName(name)?.app === app);
}
