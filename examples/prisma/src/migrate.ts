import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { Client } from "pg";

const migrations = new URL("../prisma/migrations/", import.meta.url);

// Prisma's own ledger and checksum, so that `prisma migrate deploy` can take over at any time.
const createLedger = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id                  VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum            VARCHAR(64) NOT NULL,
  finished_at         TIMESTAMPTZ,
  migration_name      VARCHAR(255) NOT NULL,
  logs                TEXT,
  rolled_back_at      TIMESTAMPTZ,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/** Applies the migrations in prisma/migrations that this database has not had yet, all of them or none. */
export async function migrate(connectionString: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query("BEGIN");
    // Two instances that start together migrate one after the other. The number is Prisma's lock.
    await client.query("SELECT pg_advisory_xact_lock(72707369)");
    await client.query(createLedger);
    const { rows } = await client.query<{ name: string }>(
      "SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL",
    );
    const applied = new Set(rows.map((row) => row.name));
    for (const name of await migrationNames()) {
      if (!applied.has(name)) await apply(client, name);
    }
    await client.query("COMMIT");
  } finally {
    await client.end();
  }
}

async function migrationNames(): Promise<string[]> {
  const entries = await readdir(migrations, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

async function apply(client: Client, name: string): Promise<void> {
  const sql = await readFile(new URL(`${name}/migration.sql`, migrations), "utf8");
  await client.query(sql);
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), 1)`,
    [randomUUID(), createHash("sha256").update(sql).digest("hex"), name],
  );
}
