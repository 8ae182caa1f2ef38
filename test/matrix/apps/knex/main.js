const knex = require("knex");

const db = knex({ client: "pg", connection: process.env.DATABASE_URL });

async function main() {
  if (!(await db.schema.hasTable("notes"))) {
    await db.schema.createTable("notes", (table) => {
      table.increments();
      table.text("body").notNullable();
    });
  }
  await db("notes").insert([{ body: "one" }, { body: "two" }]);
  const rows = await db("notes").select();
  console.log(`ok ${rows.length}`);
  await db.destroy();
}

main();
