import { type Row, socket } from "./row";

/** What `pg` takes, and whoever hands the URL to it as it is. */
const pgForms = socket("query", "localhost", "encoded", "hostless", "environment");

/** The forms were measured; see the table of drivers in the docs. */
export const nodeDrivers: readonly Row[] = [
  {
    id: "prisma",
    decidedBy: "prisma",
    undecided: "no schema that says which database",
    packages: ["prisma", "@prisma/client"],
    adapters: {
      "@prisma/adapter-pg": "postgresql",
      "@prisma/adapter-ppg": "postgresql",
      "@prisma/adapter-better-sqlite3": null,
      "@prisma/adapter-libsql": null,
      "@prisma/adapter-d1": null,
      "@prisma/adapter-mariadb": null,
      "@prisma/adapter-mssql": null,
      "@prisma/adapter-planetscale": null,
    },
    // Its own engine, which migrates also where adapter-pg runs the queries, takes no other.
    connection: socket("localhost"),
  },
  {
    id: "pg",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "pg",
      "pg-native",
      "pg-pool",
      "pg-cursor",
      "pg-query-stream",
      "pg-boss",
      "pg-listen",
      "graphile-worker",
      "postgraphile",
      "connect-pg-simple",
      "node-pg-migrate",
      "@auth/pg-adapter",
      "@effect/sql-pg",
      "@keyv/postgres",
      "@langchain/langgraph-checkpoint-postgres",
      "@payloadcms/db-postgres",
    ],
    connection: pgForms,
  },
  {
    id: "pg-promise",
    service: "postgresql",
    verdict: "uses",
    packages: ["pg-promise", "massive"],
    connection: pgForms,
  },
  {
    // Any `?host=` breaks it.
    id: "postgres",
    service: "postgresql",
    verdict: "uses",
    packages: ["postgres"],
    connection: socket("environment"),
  },
  {
    id: "slonik",
    service: "postgresql",
    verdict: "uses",
    packages: ["slonik"],
    connection: socket("encoded", "environment"),
  },
  { id: "mikro-orm", service: "postgresql", verdict: "uses", packages: ["@mikro-orm/postgresql"] },
  { id: "sequelize-postgres", service: "postgresql", verdict: "uses", packages: ["@sequelize/postgres"] },
  { id: "atdatabases-pg", service: "postgresql", verdict: "uses", packages: ["@databases/pg"] },
  {
    id: "neon-serverless",
    service: "postgresql",
    verdict: "maybe",
    doubt: "it speaks Neon's own protocol, and reaches no other PostgreSQL",
    packages: ["@neondatabase/serverless", "@prisma/adapter-neon"],
    connection: { kind: "hosted" },
  },
  {
    id: "vercel-postgres",
    service: "postgresql",
    verdict: "maybe",
    doubt: "it speaks Neon's own protocol, and reaches no other PostgreSQL",
    packages: ["@vercel/postgres", "@payloadcms/db-vercel-postgres"],
    connection: { kind: "hosted" },
  },

  {
    id: "knex",
    decidedBy: "knex",
    packages: ["knex"],
    connection: socket("query", "localhost", "encoded", "environment"),
  },
  {
    id: "sequelize",
    decidedBy: "sequelize",
    packages: ["sequelize", "sequelize-typescript"],
    connection: socket("localhost", "hostless", "environment"),
  },
  { id: "typeorm", decidedBy: "typeorm", packages: ["typeorm", "@nestjs/typeorm"], connection: pgForms },
  { id: "kysely", decidedBy: "driver", packages: ["kysely"], connection: pgForms },
  { id: "drizzle", decidedBy: "drizzle", packages: ["drizzle-orm"], connection: pgForms },

  {
    id: "mongoose",
    service: "mongodb",
    verdict: "uses",
    packages: ["mongoose", "@nestjs/mongoose", "@payloadcms/db-mongodb", "@typegoose/typegoose"],
  },
  {
    id: "mongodb",
    service: "mongodb",
    verdict: "uses",
    packages: [
      "mongodb",
      "monk",
      "mongojs",
      "connect-mongo",
      "@auth/mongodb-adapter",
      "@fastify/mongodb",
      "@mikro-orm/mongodb",
    ],
  },

  {
    id: "meteor-mongo",
    service: "mongodb",
    verdict: "uses",
    packages: ["meteor:mongo"],
    variables: [{ name: "MONGO_URL", part: "url" }],
  },

  {
    id: "ioredis",
    service: "redis",
    verdict: "uses",
    packages: ["ioredis", "@fastify/redis", "@nestjs-modules/ioredis"],
  },
  {
    id: "redis",
    service: "redis",
    verdict: "uses",
    packages: ["redis", "@redis/client", "redis-om", "connect-redis", "@keyv/redis", "@socket.io/redis-adapter"],
  },
  { id: "bullmq", service: "redis", verdict: "uses", packages: ["bullmq", "@nestjs/bullmq"] },
  { id: "bull", service: "redis", verdict: "uses", packages: ["bull", "@nestjs/bull", "bee-queue"] },
  {
    id: "medusa",
    service: "redis",
    verdict: "maybe",
    doubt: "it does without, until it is given a URL",
    packages: ["@medusajs/medusa"],
  },
  {
    id: "upstash-redis",
    service: "redis",
    verdict: "maybe",
    doubt: "it speaks Upstash's own protocol, and reads variables of its own",
    packages: ["@upstash/redis", "@vercel/kv"],
    connection: { kind: "hosted" },
  },
];
