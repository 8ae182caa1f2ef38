import fs from "node:fs";
import path from "node:path";
import type { Session } from "../connection/open";
import { LeashError } from "../errors";
import type { AppDatabaseDescription } from "../tenancy/describe";
import { alone, withLogin } from "../tenancy/one-off";
import { dropScratch } from "../tenancy/scratch";
import { identifier } from "../tenancy/sql";
import { dumpDatabase } from "./backup";
import type { RestoreFault } from "./dumps";
import { type FillOptions, fillScratch, type RestoreSource } from "./fill";
import { type BackupGround, chooseDumper, chooseReader, loginOf, openAs } from "./ground";

export interface RestoredTable {
  /** Where it is now: its own schema, or one made for it where there is a table of its name. */
  schema: string;
  name: string;
  faults: RestoreFault[];
}

/**
 * Brings one table of a dump back into an app's database, with its rows, indexes and constraints: to its own place where
 * that is free, else into a schema made for it. Nothing of what is there is changed.
 * @param wanted `notes`, or `schema.notes`
 * @throws LeashError `restore/no-table`, `restore/…`, `backup/…`
 */
export async function restoreTable(
  ground: BackupGround,
  description: AppDatabaseDescription,
  source: RestoreSource,
  wanted: string,
  options: FillOptions & { major: number; now?: Date },
): Promise<RestoredTable> {
  const { server } = ground;
  const app = description.id;
  const now = options.now ?? new Date();
  return alone(server, app, "restore", async () => {
    // Whole, into a database beside: what it needs of types and functions is there, and no code runs in the app's own.
    const { database } = await fillScratch(ground, description, "new", source, { ...options, acceptFaults: true });
    const workspace = await ground.store.workspace(app);
    const file = path.join(workspace, `table-${now.getTime()}.partial`);
    try {
      const inside = <Result>(where: string, work: (session: Session) => Promise<Result>) =>
        withLogin(server, app, "restore", where, async (oneOff) => {
          const session = await openAs(ground, oneOff);
          return work(session).finally(() => session.end());
        });
      const table = await inside(database, (session) => findTable(session, wanted));
      const free = await inside(app, async (session) => !(await tablesNamed(session, table.name, table.schema)).length);
      const schema = free ? table.schema : `restored_${stamp(now)}`;
      if (!free) {
        await inside(database, async (session) => {
          await session.query(`CREATE SCHEMA ${identifier(schema)}`);
          await session.query(
            `ALTER TABLE ${identifier(table.schema)}.${identifier(table.name)} SET SCHEMA ${identifier(schema)}`,
          );
        });
      }
      const dumper = chooseDumper(ground.clients, options.major, source.databaseBytes ?? 0);
      const only = { schema, name: table.name };
      await alone(server, app, "dump", () => dumpDatabase(ground, app, dumper, file, { table: only }, database));
      await inside(app, (session) => session.query(`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}`));
      const faults = await withLogin(server, app, "restore", app, (oneOff) =>
        chooseReader(ground.clients, dumper.dump).restore(loginOf(ground, oneOff), file, { withoutGrants: !free }),
      );
      const serious = faults.find(({ type }) => /^TABLE( DATA)?$/.test(type));
      if (serious) {
        throw new LeashError("restore/failed", `The table ${table.name} could not be restored.`, {
          details: [serious.message],
          hint: `What there is of it is in the schema ${schema}; the rest of the database is as it was.`,
        });
      }
      return { schema, name: table.name, faults };
    } finally {
      fs.rmSync(file, { force: true });
      await dropScratch(server, app, "new", database).catch(() => {});
    }
  });
}

const stamp = (now: Date) => now.toISOString().replace(/\D/g, "").slice(0, 14);

interface Table {
  schema: string;
  name: string;
}

async function tablesNamed(session: Session, name: string, schema?: string): Promise<Table[]> {
  const { rows } = await session.query<Table>(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relname = $1 AND ($2::text IS NULL OR n.nspname = $2) AND c.relkind IN ('r', 'p')
        AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
      ORDER BY n.nspname <> 'public', n.nspname`,
    [name, schema ?? null],
  );
  return rows;
}

/** A name may hold a dot itself: the whole text is tried first. */
async function findTable(session: Session, wanted: string): Promise<Table> {
  const whole = await tablesNamed(session, wanted);
  const dot = wanted.indexOf(".");
  const found =
    whole.length > 0 || dot < 0 ? whole : await tablesNamed(session, wanted.slice(dot + 1), wanted.slice(0, dot));
  if (found.length === 1) return found[0]!;
  throw new LeashError(
    "restore/no-table",
    found.length === 0
      ? `The backup has no table ${JSON.stringify(wanted)}.`
      : `The backup has ${found.length} tables of the name ${JSON.stringify(wanted)}.`,
    {
      details: found.map(({ schema, name }) => `${schema}.${name}`),
      hint: "Name it as schema.table, as PostgreSQL spells it.",
      exitCode: 2,
    },
  );
}
