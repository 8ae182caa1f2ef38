/** What the machine that runs the matrix can install. */
export type MatrixLanguage = "node" | "python" | "go";

/** One program of `apps/`: a manifest as its user has it, and a program that knows DATABASE_URL only. */
export interface MatrixDriver {
  /** The folder in `apps/`, and the name in the table of results. */
  app: string;
  language: MatrixLanguage;
  /** What `leash detect` finds. */
  drivers: string[];
  libraries?: string[];
  /** The packages whose versions the table of results shows, as the manifest names them. */
  packages: string[];
  /** Prepares statements by names of its own, which a pool before PgBouncer 1.21 gives to the wrong session. */
  prepares?: true;
  /** One of the page's drivers: these run in every test run, the others in the soak. */
  page?: true;
}

/** In the order of the table of results. Rust's drivers wait for the detection of Cargo.toml. */
export const matrixDrivers: readonly MatrixDriver[] = [
  { app: "pg", language: "node", drivers: ["pg"], packages: ["pg"], page: true },
  { app: "prisma", language: "node", drivers: ["prisma"], packages: ["prisma", "@prisma/adapter-pg"], page: true },
  { app: "drizzle", language: "node", drivers: ["pg"], libraries: ["drizzle"], packages: ["drizzle-orm", "pg"] },
  { app: "kysely", language: "node", drivers: ["pg"], libraries: ["kysely"], packages: ["kysely", "pg"] },
  { app: "typeorm", language: "node", drivers: ["pg"], libraries: ["typeorm"], packages: ["typeorm", "pg"] },
  { app: "knex", language: "node", drivers: ["pg"], libraries: ["knex"], packages: ["knex", "pg"] },
  { app: "sequelize", language: "node", drivers: ["pg"], libraries: ["sequelize"], packages: ["sequelize", "pg"] },
  { app: "pg-promise", language: "node", drivers: ["pg-promise"], packages: ["pg-promise"] },
  { app: "slonik", language: "node", drivers: ["slonik"], packages: ["slonik"] },
  { app: "postgres.js", language: "node", drivers: ["postgres"], packages: ["postgres"] },

  { app: "psycopg", language: "python", drivers: ["psycopg"], packages: ["psycopg"], page: true },
  { app: "psycopg2", language: "python", drivers: ["psycopg2"], packages: ["psycopg2-binary"], page: true },
  { app: "asyncpg", prepares: true, language: "python", drivers: ["asyncpg"], packages: ["asyncpg"] },
  { app: "pg8000", language: "python", drivers: ["pg8000"], packages: ["pg8000"] },
  {
    app: "sqlalchemy-psycopg",
    language: "python",
    drivers: ["psycopg"],
    libraries: ["sqlalchemy"],
    packages: ["SQLAlchemy", "psycopg"],
  },
  {
    app: "sqlalchemy-psycopg2",
    language: "python",
    drivers: ["psycopg2"],
    libraries: ["sqlalchemy"],
    packages: ["SQLAlchemy", "psycopg2-binary"],
  },
  {
    app: "sqlalchemy-asyncpg",
    prepares: true,
    language: "python",
    drivers: ["asyncpg"],
    libraries: ["sqlalchemy"],
    packages: ["SQLAlchemy", "asyncpg"],
  },
  {
    app: "django",
    language: "python",
    drivers: ["psycopg"],
    libraries: ["dj-database-url"],
    packages: ["Django", "dj-database-url", "psycopg"],
  },
  {
    app: "tortoise",
    prepares: true,
    language: "python",
    drivers: ["asyncpg"],
    libraries: ["tortoise"],
    packages: ["tortoise-orm", "asyncpg"],
  },
  {
    app: "peewee",
    language: "python",
    drivers: ["psycopg2"],
    libraries: ["peewee"],
    packages: ["peewee", "psycopg2-binary"],
  },

  { app: "pgx", prepares: true, language: "go", drivers: ["pgx"], packages: ["github.com/jackc/pgx/v5"], page: true },
  { app: "lib-pq", language: "go", drivers: ["lib/pq"], packages: ["github.com/lib/pq"] },
  {
    app: "gorm",
    prepares: true,
    language: "go",
    drivers: ["pgx"],
    packages: ["gorm.io/gorm", "gorm.io/driver/postgres"],
  },
  { app: "go-pg", language: "go", drivers: ["go-pg"], packages: ["github.com/go-pg/pg/v10"] },
  {
    app: "bun-pgdriver",
    language: "go",
    drivers: ["pgdriver", "bun"],
    packages: ["github.com/uptrace/bun/driver/pgdriver"],
  },
];
