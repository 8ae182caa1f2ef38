const { sql } = require("drizzle-orm");
const { drizzle } = require("drizzle-orm/node-postgres");
const { pgTable, serial, text } = require("drizzle-orm/pg-core");

const db = drizzle(process.env.DATABASE_URL);
const notes = pgTable("notes", { id: serial().primaryKey(), body: text().notNull() });

async function main() {
  await db.execute(sql`CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)`);
  await db.insert(notes).values([{ body: "one" }, { body: "two" }]);
  const rows = await db.select().from(notes);
  console.log(`ok ${rows.length}`);
  await db.$client.end();
}

main();
