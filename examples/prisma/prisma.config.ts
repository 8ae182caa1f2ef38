import { defineConfig } from "prisma/config";

// Not prisma's env(): that throws while building, when there is no database yet.
export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env.DATABASE_URL ?? "" },
});
