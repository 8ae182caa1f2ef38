import { describe, expect, it } from "vitest";
import { chooseConnection } from "../../src/detect/connection";

describe("chooseConnection", () => {
  it.each([
    { ids: [], form: "query", why: "nothing is known" },
    { ids: ["no-such-driver"], form: "query", why: "no row is known" },
    { ids: ["mikro-orm"], form: "query", why: "nothing was measured" },
    { ids: ["psycopg"], form: "query", why: "every form is read" },
    { ids: ["psycopg", "sqlalchemy"], form: "query", why: "SQLAlchemy reads it too" },
    { ids: ["pgx"], form: "query", why: "every form is read" },
    { ids: ["lib/pq"], form: "query", why: "lib/pq reads no localhost with a host" },
    { ids: ["asyncpg", "tortoise"], form: "query", why: "both read it" },
    { ids: ["pg", "knex"], form: "query", why: "knex reads all but the host-less one" },
    { ids: ["prisma", "pg"], form: "localhost", why: "Prisma's engine reads no other" },
    { ids: ["pg", "sequelize"], form: "localhost", why: "Sequelize reads no query form" },
    { ids: ["slonik"], form: "encoded", why: "Slonik reads no host parameter" },
    { ids: ["slonik", "asyncpg"], form: "encoded", why: "both read it" },
    { ids: ["postgres"], form: "environment", why: "postgres.js reads no socket in a URL" },
    { ids: ["postgres", "drizzle"], form: "environment", why: "drizzle hands the URL on" },
    { ids: ["pg", "postgres"], form: "environment", why: "it is what they have in common" },
  ] as const)("chooses $form for $ids: $why", ({ ids, form }) => {
    expect(chooseConnection(ids)).toEqual({ kind: "socket", form, misfits: [] });
  });

  it("serves most of the drivers where they have no form in common, and names the others", () => {
    expect(chooseConnection(["pg", "prisma", "postgres"])).toEqual({
      kind: "socket",
      form: "localhost",
      misfits: ["postgres"],
    });
    expect(chooseConnection(["slonik", "prisma", "pg"])).toEqual({
      kind: "socket",
      form: "localhost",
      misfits: ["slonik"],
    });
  });

  it("names clients of a vendor's own protocol as misfits whatever the form", () => {
    expect(chooseConnection(["neon-serverless"])).toEqual({
      kind: "socket",
      form: "query",
      misfits: ["neon-serverless"],
    });
    expect(chooseConnection(["pg", "vercel-postgres"])).toMatchObject({ form: "query", misfits: ["vercel-postgres"] });
  });

  it.each(["pg8000", "go-pg", "pgdriver"])("asks for a bridge for %s, which has no socket support", (id) => {
    expect(chooseConnection([id])).toEqual({ kind: "bridge", drivers: [id] });
  });

  it("asks for a bridge for all drivers as soon as one needs it, and names that one", () => {
    expect(chooseConnection(["psycopg", "pg8000", "sqlalchemy"])).toEqual({ kind: "bridge", drivers: ["pg8000"] });
  });

  it("does not depend on the order of the ids", () => {
    const ids = ["postgres", "pg", "prisma", "slonik", "knex"];
    expect(chooseConnection(ids)).toEqual(chooseConnection([...ids].reverse()));
  });
});
