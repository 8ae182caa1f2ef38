// `node sql.cjs QUERY`, as an app's program: runs it through pg by DATABASE_URL, or by PG* alone with --variables, and
// prints the values of each row. The tests need no psql.
const { Client } = require("pg");

async function main() {
  const args = process.argv.slice(2).filter((word) => word !== "--variables");
  const byVariables = process.argv.includes("--variables");
  const client = new Client(byVariables ? {} : { connectionString: process.env.DATABASE_URL });
  await client.connect();
  try {
    const answer = await client.query({ text: args[0], rowMode: "array" });
    const { rows } = Array.isArray(answer) ? answer.at(-1) : answer;
    for (const row of rows) console.log(row.join("|"));
  } finally {
    await client.end();
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
