import { type Row, socket } from "./row";

/** What libpq takes, and with it psycopg and psycopg2. */
const libpqForms = socket("query", "localhost", "encoded", "hostless", "environment");

/** The forms were measured; see the table of drivers in the docs. */
export const pythonDrivers: readonly Row[] = [
  {
    id: "psycopg",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "psycopg",
      "psycopg-binary",
      "psycopg-c",
      "psycopg-pool",
      "procrastinate",
      "langchain-postgres",
      "langgraph-checkpoint-postgres",
      "sqlalchemy[postgresql-psycopg]",
      "sqlalchemy[postgresql-psycopgbinary]",
      "tortoise-orm[psycopg]",
    ],
    connection: libpqForms,
  },
  {
    id: "psycopg2",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "psycopg2",
      "psycopg2-binary",
      "psycopg2cffi",
      "postgres",
      "django-tenants",
      "sqlalchemy[postgresql]",
      "sqlalchemy[postgresql-psycopg2binary]",
      "sqlalchemy[postgresql-psycopg2cffi]",
    ],
    connection: libpqForms,
  },
  {
    id: "asyncpg",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "asyncpg",
      "gino",
      "databases[asyncpg]",
      "databases[postgresql]",
      "ormar[postgresql]",
      "piccolo[postgres]",
      "sqlalchemy[postgresql-asyncpg]",
      "tortoise-orm[asyncpg]",
    ],
    connection: socket("query", "encoded", "hostless", "environment"),
  },
  {
    // It hands its arguments to psycopg2.
    id: "aiopg",
    service: "postgresql",
    verdict: "uses",
    packages: ["aiopg", "databases[aiopg]"],
    connection: libpqForms,
  },
  {
    id: "pg8000",
    service: "postgresql",
    verdict: "uses",
    packages: ["pg8000", "sqlalchemy[postgresql-pg8000]"],
    connection: { kind: "bridge" },
  },
  { id: "psqlpy", service: "postgresql", verdict: "uses", packages: ["psqlpy"] },
  { id: "pygresql", service: "postgresql", verdict: "uses", packages: ["pygresql"] },
  { id: "py-postgresql", service: "postgresql", verdict: "uses", packages: ["py-postgresql"] },

  { id: "django", decidedBy: "django", packages: ["django"] },
  {
    id: "sqlalchemy",
    decidedBy: "driver",
    packages: ["sqlalchemy", "flask-sqlalchemy", "sqlmodel", "alembic", "flask-migrate", "ormar"],
    connection: socket("query", "localhost", "hostless", "environment"),
  },
  {
    id: "dj-database-url",
    decidedBy: "driver",
    packages: ["dj-database-url", "environs[django]"],
    connection: socket("query", "encoded", "hostless", "environment"),
  },
  {
    id: "tortoise",
    decidedBy: "driver",
    packages: ["tortoise-orm"],
    connection: socket("query", "hostless", "environment"),
  },
  {
    id: "peewee",
    decidedBy: "driver",
    packages: ["peewee", "flask-peewee", "peewee-async"],
    connection: socket("query", "localhost", "hostless", "environment"),
  },

  {
    id: "mongoengine",
    service: "mongodb",
    verdict: "uses",
    packages: ["mongoengine", "flask-mongoengine"],
  },
  { id: "beanie", service: "mongodb", verdict: "uses", packages: ["beanie", "odmantic"] },
  { id: "motor", service: "mongodb", verdict: "uses", packages: ["motor", "umongo[motor]"] },
  {
    id: "pymongo",
    service: "mongodb",
    verdict: "uses",
    packages: ["pymongo", "flask-pymongo", "djongo", "django-mongodb-backend", "langgraph-checkpoint-mongodb"],
  },

  {
    id: "redis-py",
    service: "redis",
    verdict: "uses",
    packages: [
      "redis",
      "aioredis",
      "arq",
      "celery[redis]",
      "channels-redis",
      "django-redis",
      "django-rq",
      "dramatiq[redis]",
      "flask-redis",
      "kombu[redis]",
      "redis-om",
      "rq",
      "walrus",
    ],
  },
  { id: "coredis", service: "redis", verdict: "uses", packages: ["coredis"] },
  {
    id: "upstash-redis-py",
    service: "redis",
    verdict: "maybe",
    doubt: "it speaks Upstash's own protocol, and reads variables of its own",
    packages: ["upstash-redis"],
    connection: { kind: "hosted" },
  },
];
