const { createPool, sql } = require("slonik");

async function main() {
  const pool = await createPool(process.env.DATABASE_URL);
  await pool.query(sql.unsafe`CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)`);
  await pool.query(sql.unsafe`INSERT INTO notes (body) VALUES (${"one"}), (${"two"})`);
  const rows = await pool.any(sql.unsafe`SELECT id, body FROM notes`);
  console.log(`ok ${rows.length}`);
  await pool.end();
}

main();
