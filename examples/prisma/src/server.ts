import type { AddressInfo } from "node:net";
import { PrismaPg } from "@prisma/adapter-pg";
import express from "express";
import { PrismaClient } from "./generated/prisma/client.js";
import { migrate } from "./migrate.js";

const connectionString = process.env.DATABASE_URL;
if (!connectionString) throw new Error("DATABASE_URL is not set: start the app with `leash run`");

await migrate(connectionString);

// A database takes 10 connections; half of them leaves room for the next version of the app while this one stops.
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString, max: 5 }) });

const app = express();
app.use(express.json());

app.get("/notes", async (_request, response) => {
  response.json(await prisma.note.findMany({ orderBy: { id: "asc" } }));
});

app.post("/notes", async (request, response) => {
  const body: unknown = request.body?.body;
  if (typeof body !== "string" || body === "") {
    response.status(400).json({ error: "body must be a non-empty string" });
    return;
  }
  response.status(201).json(await prisma.note.create({ data: { body } }));
});

app.get("/healthz", async (_request, response) => {
  await prisma.$queryRaw`SELECT 1`;
  response.json({ status: "ok" });
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close(() => prisma.$disconnect());
    server.closeIdleConnections();
  });
}
