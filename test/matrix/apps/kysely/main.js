const { Kysely, PostgresDialect } = require("kysely");
const { Pool } = require("pg");

const db = new Kysely({
  dialect: new PostgresDialect({ pool: new Pool({ connectionString: process.env.DATABASE_URL }) }),
});

async function main() {
  await db.schema
    .createTable("notes")
    .ifNotExists()
    .addColumn("id", "serial", (column) => column.primaryKey())
    .addColumn("body", "text", (column) => column.notNull())
    .execute();
  await db
    .insertInto("notes")
    .values([{ body: "one" }, { body: "two" }])
    .execute();
  const rows = await db.selectFrom("notes").selectAll().execute();
  console.log(`ok ${rows.length}`);
  await db.destroy();
}

main();
