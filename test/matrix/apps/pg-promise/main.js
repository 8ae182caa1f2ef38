const pgp = require("pg-promise")();

const db = pgp(process.env.DATABASE_URL);

async function main() {
  await db.none("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)");
  await db.none("INSERT INTO notes (body) VALUES ($1), ($2)", ["one", "two"]);
  const rows = await db.any("SELECT id, body FROM notes");
  console.log(`ok ${rows.length}`);
  pgp.end();
}

main();
