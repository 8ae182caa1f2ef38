import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execaSync } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const program = path.resolve("buildpack/exec.d/leash-databases");
const shells = ["sh", "dash", "bash"].filter((name) => execaSync("which", [name], { reject: false }).exitCode === 0);

describe.each(shells)("the program at launch, run by %s", (shell) => {
  let root: string;
  let bindings: string;
  beforeAll(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "leash-launch-"));
    fs.mkdirSync(path.join(root, "layer/exec.d"), { recursive: true });
    fs.copyFileSync(program, path.join(root, "layer/exec.d/leash-databases"));
  });
  afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

  function bind(given: Record<string, Record<string, string>>): void {
    bindings = fs.mkdtempSync(path.join(root, "bindings-"));
    for (const [name, entries] of Object.entries(given)) {
      fs.mkdirSync(path.join(bindings, name));
      for (const [entry, text] of Object.entries(entries)) fs.writeFileSync(path.join(bindings, name, entry), text);
    }
  }

  function run(services: string, env: Record<string, string> = {}, ...words: string[]) {
    fs.writeFileSync(path.join(root, "layer/services"), services);
    const toml = path.join(root, "told.toml");
    const { exitCode, stderr, stdout } = execaSync(
      shell,
      ["-c", `exec "$0" "$@" 3>${toml}`, shell, path.join(root, "layer/exec.d/leash-databases"), ...words],
      {
        env: { SERVICE_BINDING_ROOT: bindings, PATH: process.env.PATH!, ...env },
        extendEnv: false,
        reject: false,
        stdin: "ignore",
      },
    );
    return { exitCode, stderr, stdout, toml: fs.readFileSync(toml, "utf8") };
  }

  const all = "postgresql url DATABASE_URL\npostgresql host PGHOST\npostgresql port PGPORT\npostgresql user PGUSER\n";
  const rest = "postgresql password PGPASSWORD\npostgresql database PGDATABASE\n";

  it("gives the binding's uri, and its parts", () => {
    const uri = "postgresql://app_k7:s%2Fcr%C3%A9t@localhost/app_k7?sslmode=disable&host=/run/leash/1";
    bind({ other: { type: "kafka", uri: "kafka://x" }, db: { type: "postgresql\n", uri: `${uri}\n` } });
    expect(run(all + rest)).toEqual({
      ...{ exitCode: 0, stderr: "", stdout: "" },
      toml: [
        `DATABASE_URL = "${uri}"`,
        'PGHOST = "/run/leash/1"',
        'PGPORT = "5432"',
        'PGUSER = "app_k7"',
        'PGPASSWORD = "s/crét"',
        'PGDATABASE = "app_k7"',
        "",
      ].join("\n"),
    });
  });

  it.each([
    ["postgresql://u:p@%2Frun%2Fpg:6000/d", { host: "/run/pg", port: "6000", user: "u", password: "p", database: "d" }],
    ["postgres://h:1/d", { host: "h", port: "1", user: "", password: "", database: "d" }],
    ["postgresql://u@[::1]:5433/d?x=1", { host: "[::1]", port: "5433", user: "u", password: "", database: "d" }],
    ["postgresql://u:a%40b:c@h/d%25", { host: "h", port: "5432", user: "u", password: "a@b:c", database: "d%" }],
    ["postgresql:///d?host=%2Frun%2Fx&port=7", { host: "/run/x", port: "5432", user: "", password: "", database: "d" }],
  ])("reads %s", (uri, parts) => {
    bind({ db: { type: "postgresql", uri } });
    const { toml } = run(
      Object.keys(parts)
        .map((part) => `postgresql ${part} P_${part}\n`)
        .join(""),
    );
    const given = Object.entries(parts).filter(([, value]) => value !== "");
    expect(toml).toBe(given.map(([part, value]) => `P_${part} = "${value}"\n`).join(""));
  });

  it("puts a URL together from the entries, whatever stands in them", () => {
    const password = "a b/ü'\"\\@:%";
    bind({ db: { type: "postgres", host: "db.internal", username: "us er", password, database: "d" } });
    const { toml, stderr } = run(all + rest);
    expect(stderr).toBe("");
    const url = /DATABASE_URL = "(.*)"/.exec(toml)![1]!;
    expect(new URL(url).password).toBe(encodeURIComponent(password).replace("'", "%27"));
    expect(toml).toContain(`PGPASSWORD = "a b/ü'\\"\\\\@:%"`);
    expect(toml).toContain('PGUSER = "us er"');
  });

  it("writes what a shell can read, in classic platforms' way", () => {
    const password = 'it\'s "$HOME" `id` \\n';
    bind({ db: { type: "postgresql", host: "h", username: "u", password, database: "d" } });
    const { stdout } = run(all + rest, {}, "--shell");
    const read = execaSync(shell, ["-c", `${stdout}\nprintf %s "$PGPASSWORD"`], { stripFinalNewline: false });
    expect(read.stdout).toBe(password);
  });

  it("gives jdbc only what it can use, and .NET its own words", () => {
    const services = "postgresql jdbc JDBC_DATABASE_URL\npostgresql keywords ConnectionStrings__Default\n";
    bind({ db: { type: "postgresql", uri: "postgresql://u:p%26@h:6543/d" } });
    expect(run(services).toml).toBe(
      'JDBC_DATABASE_URL = "jdbc:postgresql://h:6543/d?user=u&password=p%26"\n' +
        'ConnectionStrings__Default = "Host=h;Port=6543;Username=u;Password=\\"p&\\";Database=d"\n',
    );
    bind({ db: { type: "postgresql", uri: "postgresql://u:p@localhost/d?host=/run/s" } });
    expect(run(services).toml).toBe(
      'ConnectionStrings__Default = "Host=/run/s;Port=5432;Username=u;Password=\\"p\\";Database=d"\n',
    );
  });

  it("leaves what the user has set, and gives no half of another database beside it", () => {
    bind({ db: { type: "postgresql", uri: "postgresql://u:p@h/d" }, cache: { type: "redis", uri: "redis://r" } });
    const services = `${all}redis url REDIS_URL\n`;
    expect(run(services, { DATABASE_URL: "mine" }).toml).toBe('REDIS_URL = "redis://r"\n');
    expect(run(services, { PGHOST: "mine" }).toml).not.toContain("PGHOST");
    // An empty one is none.
    expect(run(services, { DATABASE_URL: "" }).toml).toContain('DATABASE_URL = "postgresql://u:p@h/d"');
  });

  it("says which of several bindings counts, and which can't be used", () => {
    bind({ b: { type: "postgresql", uri: "postgresql://b" }, a: { type: "postgresql", uri: "postgresql://a" } });
    const several = run("postgresql url DATABASE_URL\n");
    expect(several).toMatchObject({ exitCode: 0, toml: 'DATABASE_URL = "postgresql://a"\n' });
    expect(several.stderr).toContain("the first, a, counts");
    bind({ broken: { type: "postgresql", username: "u" } });
    expect(run("postgresql url DATABASE_URL\n")).toMatchObject({
      ...{ exitCode: 0, toml: "" },
      stderr: expect.stringContaining("the binding broken has neither a uri nor a host"),
    });
  });

  it("never keeps an app from starting: no bindings, no folder, an unreadable one", () => {
    bind({});
    expect(run(all)).toMatchObject({ exitCode: 0, toml: "" });
    bindings = path.join(root, "nowhere");
    expect(run(all)).toMatchObject({ exitCode: 0, toml: "" });
    expect(run(all, { SERVICE_BINDING_ROOT: "" })).toMatchObject({ exitCode: 0, toml: "" });
    bind({ folder: { type: "postgresql" } });
    fs.mkdirSync(path.join(bindings, "folder/uri"));
    expect(run(all)).toMatchObject({ exitCode: 0, toml: "" });
  });

  it("takes a moment for a long password, not a minute", () => {
    bind({ db: { type: "postgresql", host: "h", username: "u", password: "x/y-z ü".repeat(200), database: "d" } });
    const began = performance.now();
    expect(run(all + rest).toml).toContain("x%2Fy-z%20%C3%BC");
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});
