import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import { LeashAppDatabase, type LeashAppDatabaseArgs, LeashServerBaseline } from "../../pulumi/index";
import { plans } from "../../src/plans";
import { describeAppDatabase, describeServerBaseline } from "../../src/tenancy/describe";
import { type Declared, declare, resolved } from "./mocks";

const id = "app_7k2m9qd4tx";
const server = {
  host: "db.example",
  username: "leash_admin",
  password: pulumi.secret("administrator's own"),
  socketDirectory: "/run/leash",
};

async function declareApp(args: Partial<LeashAppDatabaseArgs> = {}) {
  let app: LeashAppDatabase | undefined;
  const declared = await declare((options) => {
    app = new LeashAppDatabase("notes", { appName: "Notes", server, databaseId: id, ...args }, options);
    return app.databaseUrl;
  });
  return { app: app!, declared };
}

describe("LeashAppDatabase declares", () => {
  let app: LeashAppDatabase;
  let declared: Declared[];
  const one = (name: string) => declared.find((child) => child.name === name)!;
  beforeEach(async () => {
    ({ app, declared } = await declareApp());
  });

  it("these children and no other; whoever renames one adds an alias", async () => {
    const { declared: all } = await declareApp({ databaseId: undefined as never });
    expect(all.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "leash:index:LeashAppDatabase notes",
      "postgresql:index/database:Database notes-database",
      "postgresql:index/grant:Grant notes-grant-login",
      "postgresql:index/grant:Grant notes-grant-owner",
      "postgresql:index/grant:Grant notes-grant-public",
      "postgresql:index/grantRole:GrantRole notes-plan",
      "postgresql:index/role:Role notes-login",
      "postgresql:index/role:Role notes-owner",
      "pulumi:providers:postgresql notes-server",
      "random:index/randomBytes:RandomBytes notes-salt",
      "random:index/randomPassword:RandomPassword notes-password",
      "random:index/randomString:RandomString notes-id",
    ]);
    for (const child of all.filter(({ name }) => name !== "notes")) expect(child.parent).toBe("notes");
  });

  it("the roles of the description, with its limits", () => {
    const [owner, login] = describeAppDatabase({ id, plan: "free" }).roles;
    expect(one("notes-owner").inputs).toMatchObject({
      name: owner!.name,
      login: false,
      inherit: false,
      connectionLimit: -1,
    });
    expect(one("notes-login").inputs).toMatchObject({
      name: login!.name,
      login: true,
      inherit: false,
      connectionLimit: 10,
      assumeRole: owner!.name,
      roles: [owner!.name],
      statementTimeout: 30_000,
      idleInTransactionSessionTimeout: 60_000,
    });
    for (const role of [one("notes-owner"), one("notes-login")]) {
      for (const attribute of ["superuser", "createDatabase", "createRole", "replication", "bypassRowLevelSecurity"]) {
        expect(role.inputs[attribute], attribute).toBeUndefined();
      }
      expect(role.ignoreChanges).toEqual(expect.arrayContaining(["roles", "password", "searchPaths"]));
    }
  });

  it("a database that neither role owns, closed to PUBLIC before anybody is let in", () => {
    expect(one("notes-database").inputs).toEqual({ name: id, template: "template0", encoding: "UTF8" });
    expect(one("notes-grant-public").inputs).toMatchObject({ role: "public", privileges: [], database: id });
    expect(one("notes-grant-login").inputs).toMatchObject({ role: id, privileges: ["CONNECT"] });
    expect(one("notes-grant-owner").inputs).toMatchObject({ role: `${id}_owner`, privileges: ["CREATE", "TEMPORARY"] });
    const waitsFor = (name: string) => one(name).dependsOn;
    expect(waitsFor("notes-database")).toEqual(expect.arrayContaining(["notes-owner", "notes-login", "notes-plan"]));
    expect(waitsFor("notes-grant-login")).toContain("notes-grant-public");
    expect(waitsFor("notes-grant-owner")).toContain("notes-grant-login");
  });

  it("the plan as a mark: the group is a member of the app, not the app of the group", async () => {
    expect(one("notes-plan").inputs).toEqual({ role: "leash_plan_free", grantRole: id });
    expect(await resolved(app.limits)).toMatchObject({ maxConnections: 10, storageBytes: plans.free.storageBytes });
  });

  it("the verifier in place of the password, and all of it as secrets", async () => {
    const password = one("notes-login").inputs.password as string;
    expect(one("notes-login").secrets).toContain("password");
    expect(password).toMatch(/^SCRAM-SHA-256\$4096:/);
    expect([await pulumi.isSecret(app.databaseUrl), await pulumi.isSecret(app.environment)]).toEqual([true, true]);
    const environment = await resolved(app.environment);
    expect(environment).toMatchObject({ PGUSER: id, PGDATABASE: id, PGHOST: "/run/leash" });
    expect(await resolved(app.databaseUrl)).toBe(environment.DATABASE_URL);
    expect(one("notes-server").secrets).toContain("password");
  });

  it("protection for every child that is of use on the server, unless it is switched off", async () => {
    const kept = ["notes-owner", "notes-login", "notes-database"];
    const grants = ["notes-grant-public", "notes-grant-login", "notes-grant-owner"];
    for (const name of [...kept, ...grants]) expect(one(name).protect, name).toBe(true);
    // A change of plan replaces the mark, so it is kept on the server instead.
    expect(one("notes-plan")).toMatchObject({ protect: false, retainOnDelete: true });
    const { declared: open } = await declareApp({ deletionProtection: false });
    expect(open.filter(({ protect, retainOnDelete }) => protect || retainOnDelete)).toEqual([]);
  });

  it("the URL in the form that the driver takes, or over TCP where apps have no socket", async () => {
    const url = async (args: Partial<LeashAppDatabaseArgs>) => {
      const { app: made } = await declareApp(args);
      return (await resolved(made.databaseUrl)).replace(/[A-Za-z0-9]{48}/, "PASSWORD");
    };
    expect(await url({ driver: "psycopg" })).toBe(
      `postgresql:///${id}?host=/run/leash&port=5432&user=${id}&password=PASSWORD`,
    );
    expect(await url({ driver: "pg8000" })).toBe(`postgresql://${id}:PASSWORD@127.0.0.1:15432/${id}?sslmode=disable`);
    const { socketDirectory: _none, ...remote } = server;
    expect(await url({ server: { ...remote, port: 5433 } })).toBe(
      `postgresql://${id}:PASSWORD@db.example:5433/${id}?sslmode=require`,
    );
  });
});

describe("the arguments", () => {
  it("are refused with all their faults at once, each with its path", async () => {
    const wrong = { appName: " ", plan: "gold", driver: "mysql2", databaseId: "notes" };
    await expect(declareApp(wrong)).rejects.toThrow(
      /notes are wrong:.*appName: .*plan: There is no plan "gold".*driver: There is no driver "mysql2".*databaseId: "notes" is not an app id/s,
    );
    await expect(declareApp({ databaseId: undefined as never, adopt: true })).rejects.toThrow(
      /adopt: It needs `databaseId`/,
    );
    await expect(declareApp({ server: undefined as never })).rejects.toThrow(/has no server/);
  });
});

describe("LeashServerBaseline declares", () => {
  it("the groups and the revokes of the description, and no login", async () => {
    const declared = await declare((options) => new LeashServerBaseline("base", { server }, options).groups);
    const roles = declared.filter(({ type }) => type.endsWith(":Role"));
    expect(roles.map(({ inputs }) => inputs.name)).toEqual(describeServerBaseline().groups);
    for (const { inputs, protect, ignoreChanges } of roles) {
      expect(inputs).toMatchObject({ login: false, inherit: false });
      expect(inputs).not.toHaveProperty("password");
      expect({ protect, ignoreChanges }).toMatchObject({
        protect: true,
        ignoreChanges: expect.arrayContaining(["roles"]),
      });
    }
    const grants = declared.filter(({ type }) => type.endsWith(":Grant"));
    expect(grants.map(({ inputs }) => [inputs.database, inputs.role, inputs.privileges])).toEqual([
      ["postgres", "public", []],
      ["template1", "public", []],
    ]);
  });
});
