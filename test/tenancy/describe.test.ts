import { describe, expect, it } from "vitest";
import { createAppId, parseAppName } from "../../src/identifier";
import { parsePlanName, planNames, plans } from "../../src/plans";
import { describeAppDatabase } from "../../src/tenancy/describe";
import { createScramSecret, matchesScramSecret } from "../../src/tenancy/scram";
import { identifier, literal } from "../../src/tenancy/sql";

const id = "app_7k2m9qd4tx";

describe("the description of an app's database", () => {
  it("is plain data and the same for the same app", () => {
    const description = describeAppDatabase({ id, plan: "free" });
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
    expect(describeAppDatabase({ id, plan: "free" })).toEqual(description);
  });

  it("lets neither role own the database, and the login nothing but connect", () => {
    const { database } = describeAppDatabase({ id, plan: "free" });
    expect(database).not.toHaveProperty("owner");
    expect(database.privileges.find((p) => p.role === id)?.privileges).toEqual(["CONNECT"]);
  });

  it("marks the plan by a group that is a member of the app, never by one that the app is a member of", () => {
    const { memberships } = describeAppDatabase({ id, plan: "pro" });
    expect(memberships).toContainEqual({ role: id, member: "leash_plan_pro", set: false, unlessRestricted: false });
    expect(memberships.filter((m) => m.member === id).map((m) => m.role)).toEqual([`${id}_owner`]);
  });

  it.each(planNames)("carries the limits of the plan %s", (plan) => {
    const login = describeAppDatabase({ id, plan }).roles.find((role) => role.login);
    expect(login?.connectionLimit).toBe(plans[plan].maxConnections);
    expect(login?.settings).toContainEqual({ name: "statement_timeout", value: "30000" });
  });

  it("refuses what is no neutral id", () => {
    for (const bad of ["", "notes", "app_", "app_UPPER12345", 'app_";drop', "app_7k2m9qd4tx_owner"]) {
      expect(() => describeAppDatabase({ id: bad, plan: "free" })).toThrow(/is not an app id/);
    }
  });
});

describe("plans", () => {
  it("are the page's", () => {
    const MiB = 1024 ** 2;
    expect(planNames).toEqual(["free", "individual", "pro", "team"]);
    expect(planNames.map((plan) => plans[plan].storageBytes / MiB)).toEqual([50, 500, 2048, 10240]);
    expect(new Set(planNames.map((plan) => plans[plan].maxConnections))).toEqual(new Set([10]));
  });

  it("are named in the error about an unknown one", () => {
    expect(() => parsePlanName("gold")).toThrow(expect.objectContaining({ code: "plan/unknown", exitCode: 2 }));
    expect(() => parsePlanName("__proto__")).toThrow(/no plan/);
  });
});

describe("an app's names", () => {
  it("are ids that never repeat and say nothing", () => {
    const ids = new Set(Array.from({ length: 5_000 }, createAppId));
    expect(ids.size).toBe(5_000);
    for (const made of ids) expect(() => describeAppDatabase({ id: made, plan: "free" })).not.toThrow();
  });

  it("may be of any script, with quotes, up to 200 characters", () => {
    for (const name of ["notes", "Ünïcødé 数据库", `Robert'); DROP TABLE "x"; --`, "😀".repeat(200)]) {
      expect(parseAppName(` ${name} `)).toBe(name.normalize("NFC"));
    }
    for (const bad of ["", "  ", "x".repeat(201), "a\nb", "a\0b"]) {
      expect(() => parseAppName(bad)).toThrow(expect.objectContaining({ code: "app/invalid-name" }));
    }
  });
});

describe("a stored password", () => {
  it("matches its own password and no other", () => {
    const secret = createScramSecret("0123456789abcdef");
    expect(matchesScramSecret(secret, "0123456789abcdef")).toBe(true);
    expect(matchesScramSecret(secret, "0123456789abcdeF")).toBe(false);
    const endless = `SCRAM-SHA-256$999999999:${secret.split(":")[1]}:${secret.split(":")[2]}`;
    expect(matchesScramSecret(endless, "0123456789abcdef")).toBe(false);
    for (const other of [null, "", "md5abc", "SCRAM-SHA-256$0:$:", "SCRAM-SHA-256$4096:AAAA$x:y"]) {
      expect(matchesScramSecret(other, "0123456789abcdef")).toBe(false);
    }
  });
});

describe("quoting", () => {
  it("keeps quotes and backslashes inside", () => {
    expect(identifier('a"b')).toBe('"a""b"');
    expect(literal("it's")).toBe("'it''s'");
    expect(literal("a\\'b")).toBe("E'a\\\\''b'");
  });
});
