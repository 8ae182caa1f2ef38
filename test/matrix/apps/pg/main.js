const { Pool } = require("pg");

const pool = new Pool({ connectionString: process.env.DATABASE_URL });

async function main() {
  await pool.query("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)");
  await pool.query("INSERT INTO notes (body) VALUES ($1), ($2)", ["one", "two"]);
  const { rows } = await pool.query("SELECT id, body FROM notes");
  console.log(`ok ${rows.length}`);
  await pool.end();
}

main();
