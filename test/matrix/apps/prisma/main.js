const { PrismaPg } = require("@prisma/adapter-pg");
const { PrismaClient } = require("./generated");

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) });

async function main() {
  await prisma.$executeRaw`CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)`;
  await prisma.note.createMany({ data: [{ body: "one" }, { body: "two" }] });
  console.log(`ok ${await prisma.note.count()}`);
  await prisma.$disconnect();
}

main();
