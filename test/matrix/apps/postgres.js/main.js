const postgres = require("postgres");

const sql = postgres(process.env.DATABASE_URL);

async function main() {
  await sql`CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)`;
  await sql`INSERT INTO notes ${sql([{ body: "one" }, { body: "two" }])}`;
  const rows = await sql`SELECT id, body FROM notes`;
  console.log(`ok ${rows.length}`);
  await sql.end();
}

main();
