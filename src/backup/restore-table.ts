import fs from "node:fs";
import path from "node:path";
import type { Session } from "../connection/open";
import { LeashError } from "../errors";
import type { AppDatabaseDescription } from "../tenancy/describe";
import { alone, withLogin } from "../tenancy/one-off";
import { dropScratch } from "../tenancy/scratch";
import { identifier } from "../tenancy/sql";
import { dumpDatabase, measureDatabase } from "./backup";
import { openWhatIsClosed } from "./closed";
import { type RestoreFault, tableKey } from "./dumps";
import { compareEvidence, gatherEvidence } from "./evidence";
import { type FillOptions, fillScratch, type RestoreSource } from "./fill";
import { type BackupGround, chooseDumper, chooseReader, loginOf, openAs } from "./ground";
import type { Evidence } from "./manifest";
import { workFileName } from "./work-files";

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
  options: FillOptions & { now?: Date } = {},
): Promise<RestoredTable> {
  const { server } = ground;
  const app = description.id;
  const now = options.now ?? new Date();
  return alone(server, app, "restore", async () => {
    // Whole, into a database beside: what it needs of types and functions is there, and no code runs in the app's own.
    const { database } = await fillScratch(ground, description, "new", source, { ...options, acceptFaults: true });
    const workspace = await ground.store.workspace(app);
    const file = path.join(workspace, workFileName());
    try {
      const inside = <Result>(where: string, work: (session: Session) => Promise<Result>) =>
        withLogin(server, app, "restore", where, async (oneOff) => {
          const session = await openAs(ground, oneOff);
          return work(session).finally(() => session.end());
        });
      const table = await inside(database, (session) => findTable(session, wanted));
      const tree = await inside(database, (session) => partitionsOf(session, table));
      const taken = await inside(app, (session) => findTaken(session, tree));
      const free = taken.length === 0;
      const schema = free ? table.schema : `restored_${stamp(now)}`;
      const tables = free ? tree : tree.map(({ name }) => ({ schema, name }));
      await inside(database, (session) => setApart(session, table, tree, free ? undefined : schema));
      const { major } = await measureDatabase(server, app);
      const dumper = chooseDumper(ground.clients, major, source.databaseBytes ?? 0);
      const dumped = await alone(server, app, "dump", () =>
        dumpDatabase(ground, app, dumper, file, { tables }, database),
      );
      await inside(app, async (session) => {
        for (const each of new Set(tables.map((one) => one.schema))) {
          await session.query(`CREATE SCHEMA IF NOT EXISTS ${identifier(each)}`);
        }
      });
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
      await assertRows(ground, app, tables, dumped);
      return { schema, name: table.name, faults };
    } finally {
      fs.rmSync(file, { force: true });
      await dropScratch(server, app, "new", database).catch(() => {});
    }
  });
}

/** A partitioned table's partitions at every depth, itself first; of any other it alone. */
async function partitionsOf(session: Session, { schema, name }: Table): Promise<Table[]> {
  const { rows } = await session.query<Table>(
    `SELECT n.nspname AS schema, c.relname AS name
       FROM pg_partition_tree(format('%I.%I', $1::text, $2::text)::regclass) t
       JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY t.level`,
    [schema, name],
  );
  return rows.length > 0 ? rows : [{ schema, name }];
}

async function findTaken(session: Session, tables: readonly Table[]): Promise<Table[]> {
  const taken: Table[] = [];
  for (const { schema, name } of tables) taken.push(...(await tablesNamed(session, name, schema)));
  return taken;
}

/**
 * In the database beside: takes the table out of what it is a part of, which the app may have another of by now; and, for
 * a copy, into a schema of its own, without the foreign keys that would tie the app's live tables to it.
 */
async function setApart(session: Session, table: Table, tree: readonly Table[], schema?: string): Promise<void> {
  const named = (one: Table) => `${identifier(one.schema)}.${identifier(one.name)}`;
  const { rows: parents } = await session.query<Table & { partition: boolean }>(
    `SELECT n.nspname AS schema, p.relname AS name, c.relispartition AS partition
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
       JOIN pg_namespace n ON n.oid = p.relnamespace WHERE c.oid = $1::regclass`,
    [named(table)],
  );
  for (const parent of parents) {
    await session.query(
      parent.partition
        ? `ALTER TABLE ${named(parent)} DETACH PARTITION ${named(table)}`
        : `ALTER TABLE ${named(table)} NO INHERIT ${named(parent)}`,
    );
  }
  if (schema === undefined) return;
  await session.query(`CREATE SCHEMA ${identifier(schema)}`);
  for (const one of tree) {
    const { rows: keys } = await session.query<{ name: string }>(
      "SELECT conname AS name FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'f' AND conparentid = 0",
      [named(one)],
    );
    for (const { name } of keys) await session.query(`ALTER TABLE ${named(one)} DROP CONSTRAINT ${identifier(name)}`);
    await session.query(`ALTER TABLE ${named(one)} SET SCHEMA ${identifier(schema)}`);
  }
}

/** @throws LeashError `restore/differs` when rows are missing */
async function assertRows(
  ground: BackupGround,
  app: string,
  tables: readonly Table[],
  dumped: Evidence,
): Promise<void> {
  const wanted = new Set(tables.map(tableKey));
  const expected = { ...dumped, tables: dumped.tables.filter((one) => wanted.has(tableKey(one))) };
  const restored = await withLogin(ground.server, app, "compare", app, async (oneOff) => {
    const session = await openAs(ground, oneOff);
    try {
      await openWhatIsClosed(session, oneOff);
      await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      return await gatherEvidence(session, tables);
    } finally {
      await session.end();
    }
  });
  const { differences } = compareEvidence(
    { ...expected, largeObjects: 0, extensions: [] },
    { ...restored, largeObjects: 0 },
  );
  if (differences.length === 0) return;
  throw new LeashError("restore/differs", "The restored table is not what was dumped.", { details: differences });
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
