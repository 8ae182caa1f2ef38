import type { CatalogSession, ServerCatalog } from "./catalog";
import { literal } from "./sql";

/**
 * What the platform remembers on the server itself. The catalog is readable by every tenant, so this is in tables of the
 * maintenance database, which no tenant may connect to.
 */
export const ledgerSchema = "leash";

interface LedgerTable {
  name: string;
  statements: string[];
}

const table = (name: string, columns: string): LedgerTable => ({
  name,
  statements: [
    `CREATE SCHEMA IF NOT EXISTS ${ledgerSchema}`,
    `CREATE TABLE IF NOT EXISTS ${ledgerSchema}.${name} (${columns})`,
  ],
});

export const ledgerTables: readonly LedgerTable[] = [
  // An app may change its own password: what it was given is held by this.
  table("credential", "app text PRIMARY KEY, verifier text NOT NULL"),
  // How far a restricted app was down already, and what the guard has yet to see to.
  table("standing", "app text PRIMARY KEY, floor_bytes bigint, settle_before timestamptz"),
  // A restored database that has yet to take its app's place.
  table("restore", "app text PRIMARY KEY, database text NOT NULL, source text NOT NULL"),
  // What became of the last attempt to back an app up.
  table(
    "backup",
    "app text PRIMARY KEY, seen_at timestamptz NOT NULL, failed_at timestamptz, failures int, error text",
  ),
  // The most that an app used within an hour.
  table(
    "usage",
    "app text NOT NULL, hour timestamptz NOT NULL, bytes bigint, connections int, PRIMARY KEY (app, hour)",
  ),
  table(
    "event",
    `id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(),
     app text, kind text NOT NULL, detail jsonb NOT NULL`,
  ),
];

/** The statements that note an app's verifier; none where there is no ledger. */
export function rememberVerifier({ ledger }: Pick<ServerCatalog, "ledger">, app: string, verifier: string): string[] {
  if (!ledger.includes("credential")) return [];
  return [
    `INSERT INTO ${ledgerSchema}.credential (app, verifier) VALUES (${literal(app)}, ${literal(verifier)})
     ON CONFLICT (app) DO UPDATE SET verifier = excluded.verifier`,
  ];
}

/** The verifiers that were given to apps; undefined where there is no ledger. */
export async function recallVerifiers(
  session: CatalogSession,
  ledger: readonly string[],
  apps: readonly string[],
): Promise<Map<string, string> | undefined> {
  if (!ledger.includes("credential")) return undefined;
  const { rows } = await session.query<{ app: string; verifier: string }>(
    `SELECT app, verifier FROM ${ledgerSchema}.credential WHERE app = ANY($1)`,
    [apps],
  );
  return new Map(rows.map(({ app, verifier }) => [app, verifier]));
}

/** Takes an app out of the ledger. */
export async function forgetApp(session: CatalogSession, app: string): Promise<void> {
  const { rows } = await session.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_catalog.pg_class c
      WHERE c.relkind = 'r' AND c.relnamespace = pg_catalog.to_regnamespace($1)
        AND pg_catalog.has_table_privilege(c.oid, 'DELETE')`,
    [ledgerSchema],
  );
  const there = rows.map(({ name }) => name);
  for (const { name } of ledgerTables.filter((one) => there.includes(one.name))) {
    await session.query(`DELETE FROM ${ledgerSchema}.${name} WHERE app = $1`, [app]);
  }
}

/** Makes a table of the ledger where a former version has prepared the server. */
export async function ensureLedgerTable(session: CatalogSession, name: string): Promise<void> {
  for (const statement of ledgerTables.find((one) => one.name === name)?.statements ?? [])
    await session.query(statement);
}
