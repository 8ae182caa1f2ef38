const { DataSource, EntitySchema } = require("typeorm");

const Note = new EntitySchema({
  name: "Note",
  tableName: "notes",
  columns: { id: { type: "int", primary: true, generated: true }, body: { type: "text" } },
});
const dataSource = new DataSource({
  type: "postgres",
  url: process.env.DATABASE_URL,
  entities: [Note],
  synchronize: true,
});

async function main() {
  await dataSource.initialize();
  const notes = dataSource.getRepository(Note);
  await notes.save([{ body: "one" }, { body: "two" }]);
  console.log(`ok ${await notes.count()}`);
  await dataSource.destroy();
}

main();
