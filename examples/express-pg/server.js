import express from "express";
import pg from "pg";

// A database takes 10 connections; half of them leaves room for the next version of the app while this one stops.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 5 });
// An idle connection that breaks (a restarted server) is replaced by the pool; without a listener it ends the process.
pool.on("error", (error) => console.error(error.message));

await pool.query("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)");

const app = express();
app.use(express.json());

app.get("/notes", async (_request, response) => {
  const { rows } = await pool.query("SELECT id, body FROM notes ORDER BY id");
  response.json(rows);
});

app.post("/notes", async (request, response) => {
  const body = request.body?.body;
  if (typeof body !== "string" || body === "") {
    response.status(400).json({ error: "body must be a non-empty string" });
    return;
  }
  const { rows } = await pool.query("INSERT INTO notes (body) VALUES ($1) RETURNING id, body", [body]);
  response.status(201).json(rows[0]);
});

app.get("/healthz", async (_request, response) => {
  await pool.query("SELECT 1");
  response.json({ status: "ok" });
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close(() => pool.end());
    server.closeIdleConnections();
  });
}
