import { describe, expect, it } from "vitest";
import { packageJson, serviceOf } from "./support";

const readsOf = (example: string, files: Record<string, string> = packageJson({ pg: "8" })) =>
  Object.fromEntries(
    (serviceOf({ ...files, ".env.example": example })?.reads ?? []).map(({ name, part }) => [name, part]),
  );

describe("the variables that an app reads", () => {
  it.each([
    ["POSTGRES_URL=", { POSTGRES_URL: "url" }],
    [
      "export DB_HOST='localhost' # where\nDB_PORT=5432\nDB_USER=x\nDB_PASS=\nDB_NAME=notes",
      { DB_HOST: "host", DB_PORT: "port", DB_USER: "user", DB_PASS: "password", DB_NAME: "database" },
    ],
    ["DATABASE_USERNAME=a\nDATABASE_DATABASE=b", { DATABASE_USERNAME: "user", DATABASE_DATABASE: "database" }],
    ["POSTGRES_DB=x\nPOSTGRES_PASSWORD=y", { POSTGRES_DB: "database", POSTGRES_PASSWORD: "password" }],
    ["MY_STORE=postgres://a:b@localhost/c", { MY_STORE: "url" }],
    ["SQLALCHEMY_DATABASE_URI=postgresql+asyncpg://a@b/c", { SQLALCHEMY_DATABASE_URI: "url" }],
    ["JDBC_DATABASE_URL=jdbc:postgresql://localhost/c", { JDBC_DATABASE_URL: "jdbc" }],
    ["ConnectionStrings__Default=Host=localhost", { ConnectionStrings__Default: "keywords" }],
    ["DB_CONNECTION=pgsql\nDB_HOST=x", { DB_HOST: "host" }],
  ])("are found in an example: %j", (example, reads) => {
    expect(readsOf(example)).toEqual({ DATABASE_URL: "url", ...reads });
  });

  it.each([
    "# POSTGRES_URL=x",
    "TEST_POSTGRES_URL=postgres://a/b\nSHADOW_DATABASE_URL=postgres://a/b",
    "DB_CONNECTION=mysql\nDB_HOST=localhost",
    "DB_HOST=localhost\nDB_PORT=3306",
    "DB_URL=mysql://a/b\nDB_USER=x",
    "ONE=postgres://a/b\nTWO=postgres://a/c",
    "DEBUG=1\nHOST=0.0.0.0\nNAME=notes\nnonsense",
  ])("are not taken from what is another's: %j", (example) => {
    expect(readsOf(example)).toEqual({ DATABASE_URL: "url" });
  });

  it("are no evidence by their names, and a maybe by a URL, which is never shown with its password", () => {
    expect(readsOf("DB_HOST=x", packageJson({ express: "5" }))).toEqual({});
    const example = { ".env.example": "A=1\nDATABASE_URL=postgres://u:secret@h/d" };
    expect(serviceOf({ ...packageJson({ express: "5" }), ...example })).toMatchObject({
      ...{ verdict: "maybe", drivers: [] },
      evidence: [{ file: ".env.example", line: 2, text: "DATABASE_URL=postgres://***@h/d" }],
    });
  });

  it("are never looked up in the environment itself", () => {
    expect(serviceOf({ ...packageJson({ pg: "8" }), ".env": "POSTGRES_URL=x" })?.variables).toEqual(["DATABASE_URL"]);
  });
});
