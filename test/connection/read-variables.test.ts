import { describe, expect, it } from "vitest";
import { fillVariables, partsOfUrl, variableParts } from "../../src/connection/read-variables";

const parts = { PGPORT: "5432", PGUSER: "app_k", PGPASSWORD: 'p"&;', PGDATABASE: "app_k" };
const reads = variableParts.map((part) => ({ name: `X_${part}`, part }));

describe("the variables that an app reads", () => {
  it("are filled from the socket's connection, but for what knows no sockets", () => {
    const environment = { DATABASE_URL: "postgresql:///app_k", PGHOST: "/run/leash", ...parts };
    expect(fillVariables(reads, environment)).toEqual({
      X_url: "postgresql:///app_k",
      X_keywords: 'Host=/run/leash;Port=5432;Username=app_k;Password="p""&;";Database=app_k',
      ...{ X_host: "/run/leash", X_port: "5432", X_user: "app_k", X_password: 'p"&;', X_database: "app_k" },
    });
  });

  it("are filled from a bridge's, JDBC too", () => {
    const environment = { DATABASE_URL: "postgresql://x", PGHOST: "127.0.0.1", ...parts };
    expect(fillVariables(reads, environment).X_jdbc).toBe(
      "jdbc:postgresql://127.0.0.1:5432/app_k?user=app_k&password=p%22%26%3B",
    );
  });

  it("are left out where they are set already, or nothing is known", () => {
    expect(fillVariables([{ name: "PGHOST", part: "host" }], { PGHOST: "mine" })).toEqual({});
    expect(fillVariables(reads, { DATABASE_URL: "x" })).toEqual({ X_url: "x" });
  });

  it.each([
    [
      "postgresql://u%40:p%2F@h:6543/d",
      { PGHOST: "h", PGPORT: "6543", PGUSER: "u@", PGPASSWORD: "p/", PGDATABASE: "d" },
    ],
    ["postgresql://localhost/d?host=/run/x", { PGHOST: "/run/x", PGPORT: "5432", PGDATABASE: "d" }],
    ["no url", {}],
  ])("come from a URL of the user's own: %s", (url, expected) => {
    expect(partsOfUrl(url)).toEqual(expected);
  });
});
