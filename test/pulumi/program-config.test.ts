import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseProgramConfig, settingNames } from "../../pulumi/program/config";
import { checkServerConnection, parseServerSetting } from "../../pulumi/program/server-setting";
import type { LeashError } from "../../src/errors";
import { root } from "../support/sandbox";

const faultsOf = (raw: Record<string, string>): readonly string[] => {
  try {
    parseProgramConfig(raw, "/project");
  } catch (error) {
    expect((error as LeashError).code).toBe("config/invalid");
    return (error as LeashError).details;
  }
  return [];
};

describe("the program's configuration", () => {
  it("takes what is given, a path from the project's folder, and leaves other namespaces alone", () => {
    const raw = { "leash:path": "apps/notes", "leash:plan": "pro", "leash:app": "", "aws:region": "x" };
    expect(parseProgramConfig(raw, "/project")).toEqual({ path: "/project/apps/notes", plan: "pro" });
    expect(parseProgramConfig({ "leash:path": "/srv/notes", "leash:adopt": "false" }, "/project")).toEqual({
      path: "/srv/notes",
      adopt: false,
    });
    const image = { "leash:path": ".", "leash:image": "acme/notes:1.2@sha256:0", "leash:port": "8080" };
    expect(parseProgramConfig(image, "/project")).toMatchObject({ port: 8080 });
  });

  it("tells all faults at once, each with its path, and nothing secret", () => {
    const faults = faultsOf({
      "leash:plan": "huge",
      "leash:database": "maybe",
      "leash:databaseUrl": "mysql://ada:hunter2@db.example/notes",
      "leash:server": "postgresql://admin:hunter3@/?sslmode=no&colour=red",
      "leash:deletionProtection": "yes",
      "leash:databaseId": "notes",
      "leash:port": "0",
      "leash:image": "no image",
      "leash:serevr": "x",
      "leash:app": "a\u0007b",
    });
    expect(faults.map((fault) => fault.slice(0, fault.indexOf(": ")))).toEqual([
      "leash:serevr",
      ...["leash:app", "leash:plan", "leash:database", "leash:databaseUrl", "leash:image", "leash:port"],
      ...["leash:server", "leash:deletionProtection", "leash:databaseId"],
    ]);
    expect(faults.join()).not.toMatch(/hunter/);
    expect(faults.find((fault) => fault.startsWith("leash:server: "))).toMatch(/host[\s\S]*sslmode[\s\S]*colour/);
  });

  it.each([
    [{}, ["leash:path", "leash:app"]],
    [{ "leash:database": "create" }, ["leash:server", "leash:app"]],
    [{ "leash:database": "url", "leash:app": "x" }, ["leash:databaseUrl"]],
    [
      { "leash:database": "skip", "leash:app": "x", "leash:databaseUrl": "postgresql://a:b@db.example/c" },
      ["leash:databaseUrl"],
    ],
    [
      { "leash:path": ".", "leash:adopt": "true", "leash:bridgeImage": "b", "leash:port": "1" },
      ["leash:adopt", "leash:port", "leash:bridgeImage"],
    ],
    [{ "leash:app": "x", "leash:databaseUrl": "postgresql://a:b@db.example/c" }, []],
  ])("finds what does not go together in %j", (raw, names) => {
    expect(faultsOf(raw as Record<string, string>).map((fault) => fault.slice(0, fault.indexOf(": ")))).toEqual(names);
  });

  it("is declared in Pulumi.yaml, setting by setting", () => {
    const text = fs.readFileSync(path.join(root, "Pulumi.yaml"), "utf8");
    const declared = [...text.matchAll(/^ {2}(\w+):$/gm)].map(([, name]) => name);
    expect(declared.sort()).toEqual([...settingNames].sort());
    expect(text.match(/description: /g)).toHaveLength(settingNames.length + 1);
  });
});

describe("a server as a setting", () => {
  const whole = {
    ...{ host: "db.example", port: 6432, username: "ad min", password: "p@ss", sslmode: "verify-full" },
    ...{ superuser: false, socketDirectory: "/run/leash", socketVolume: "sockets" },
  };
  it("is a URL, an object, or a stack", () => {
    const query = "sslmode=verify-full&superuser=false&socketDirectory=/run/leash&socketVolume=sockets";
    const connection = { kind: "connection", connection: whole };
    expect(parseServerSetting(`postgres://ad%20min:p%40ss@db.example:6432/?${query}`)).toEqual(connection);
    expect(parseServerSetting(JSON.stringify(whole))).toEqual(connection);
    expect(parseServerSetting('{"host":"h","username":"u","password":"p"}')).toEqual({
      kind: "connection",
      connection: { ...{ host: "h", port: 5432, username: "u", password: "p" }, sslmode: "require", superuser: true },
    });
    expect(parseServerSetting("acme/platform/prod")).toEqual({ kind: "stack", reference: "acme/platform/prod" });
    // A stack's outputs tell what they don't have as null or not at all.
    expect(checkServerConnection(whole)).toEqual(whole);
  });

  it.each([
    ["acme/platform", "neither a stack's name nor a URL"],
    ["hunter2", "neither a stack's name nor a URL"],
    ["{hunter2", "begins like JSON and is none"],
    ["postgresql://admin@db.example/", "does not tell how to reach the server"],
    ["postgresql://admin:hunter2@a.example,b.example/", "Its URL is wrong"],
    ["postgresql://admin:hunter2@db.example/notes", "Its URL is wrong"],
    ["postgresql://admin:hunter2@db.example:99999/", "Its URL is wrong"],
    ['{"host":"h","username":"u","password":["hunter2"]}', "does not tell how to reach the server"],
  ])("is not %s", (text, message) => {
    expect(() => parseServerSetting(text)).toThrow(message);
    try {
      parseServerSetting(text);
    } catch (error) {
      expect(JSON.stringify([(error as LeashError).message, (error as LeashError).details])).not.toContain("hunter2");
    }
  });
});
