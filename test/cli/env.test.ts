import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSandbox, expressApp, type Sandbox } from "../support/sandbox";

describe("leash env and leash run without a database", () => {
  let sandbox: Sandbox;
  let app: string;
  beforeAll(() => {
    sandbox = createSandbox();
    app = sandbox.app("notes", expressApp);
  });
  afterAll(() => sandbox.dispose());
  const leash = (args: string[], input?: string) =>
    sandbox.leash(args, { cwd: app, ...(input === undefined ? {} : { input }) });

  it("sets from standard input, and from the command line with a warning", async () => {
    expect(await leash(["env", "set", "TOKEN"], "line one\nline two\n")).toMatchObject({ exitCode: 0, stdout: "" });
    expect((await leash(["env", "get", "TOKEN"])).stdout).toBe("line one\nline two\n");
    const warned = await leash(["env", "set", "A=1", "B=x=y", "EMPTY="]);
    expect(warned.stderr).toMatch(/other users of this machine/);
    expect((await leash(["env", "get", "B"])).stdout).toBe("x=y\n");
  });

  it("lists names with redacted values, and the values with --reveal", async () => {
    const redacted = JSON.parse((await leash(["env", "list", "--json"])).stdout);
    expect(Object.keys(redacted)).toEqual(["TOKEN", "A", "B", "EMPTY"]);
    expect(redacted.TOKEN).not.toContain("line");
    const revealed = JSON.parse((await leash(["env", "list", "--json", "--reveal"])).stdout);
    expect(revealed).toEqual({ TOKEN: "line one\nline two", A: "1", B: "x=y", EMPTY: "" });
  });

  it("unsets, and says when there is nothing to unset or get", async () => {
    expect((await leash(["env", "unset", "A"])).exitCode).toBe(0);
    for (const verb of ["get", "unset"]) {
      const missing = await leash(["env", verb, "A"]);
      expect(missing).toMatchObject({ exitCode: 1, stdout: "" });
      expect(missing.stderr).toMatch(/\[env\/not-set\]/);
    }
    expect((await leash(["env", "get", "__proto__"])).exitCode).toBe(1);
    expect((await leash(["env", "get", "constructor"])).exitCode).toBe(1);
  });

  it("refuses names that are none, all at once, and changes nothing", async () => {
    const refused = await leash(["env", "set", "GOOD=1", "1BAD=x", "=y", "ALSO BAD=z", "__proto__=p"]);
    expect(refused.exitCode).toBe(2);
    for (const name of ["1BAD", '""', "ALSO BAD"]) expect(refused.stderr).toContain(name);
    expect((await leash(["env", "get", "GOOD"])).exitCode).toBe(1);
  });

  it("refuses values that no program could be started with", async () => {
    const large = await leash(["env", "set", "LARGE"], "x".repeat(200_000));
    expect(large).toMatchObject({ exitCode: 2 });
    expect(large.stderr).toMatch(/200000 bytes[\s\S]*\[env\/too-large\]/);
    expect((await leash(["env", "set", "NUL"], "a\0b")).stderr).toMatch(/\[env\/invalid-value\]/);
    expect(await leash(["env", "set", "FITS"], "x".repeat(130_000))).toMatchObject({ exitCode: 0 });
    expect((await leash(["run", "--", "sh", "-c", "echo $" + "{#FITS}"])).stdout).toBe("130000\n");
    await leash(["env", "unset", "FITS"]);
  });

  it("refuses a URL under another service's variable", async () => {
    const refused = await leash(["env", "set", "DATABASE_URL"], "mongodb://u:topsecret@h/d");
    expect(refused).toMatchObject({ exitCode: 2 });
    expect(refused.stderr).toMatch(/leash env set MONGODB_URI/);
    expect(refused.stderr).not.toMatch(/topsecret/);
  });

  it("keeps every one of many settings made at the same time", async () => {
    const names = Array.from({ length: 8 }, (_, i) => `PARALLEL_${i}`);
    await Promise.all(names.map((name) => leash(["env", "set", name], name)));
    const all = JSON.parse((await leash(["env", "list", "--json", "--reveal"])).stdout);
    for (const name of names) expect(all[name]).toBe(name);
  });

  it("runs a command with them, and passes its exit code, output and signals on", async () => {
    const ran = await leash([
      "run",
      "--",
      "node",
      "-e",
      "console.log(process.env.B, process.argv.slice(1)); process.exit(7)",
      "--",
      "--flag",
    ]);
    expect(ran).toMatchObject({ exitCode: 7, stdout: "x=y [ '--flag' ]\n" });
    const killed = await leash(["run", "--", "sh", "-c", "kill -TERM $$"]);
    expect(killed.exitCode).toBe(143);
    const piped = await leash(["run", ".", "--", "cat"], "through");
    expect(piped.stdout).toBe("through");
  });

  it("says what is wrong with a command", async () => {
    for (const words of [["run"], ["run", "--"], ["run", "sh", "-c", "true"]]) {
      const refused = await leash(words);
      expect(refused).toMatchObject({ exitCode: 2 });
      expect(refused.stderr).toMatch(/two dashes[\s\S]*\[run\/no-command\]/);
    }
    expect(await leash(["run", "--nonsense", "--", "true"])).toMatchObject({ exitCode: 2 });
    expect((await leash(["run", "--", "no-such-program-here"])).stderr).toMatch(/\[run\/not-found\]/);
    expect((await leash(["run", "--app", "nobody", "--", "true"])).stderr).toMatch(/\[app\/not-found\]/);
    expect((await sandbox.leash(["run", "/nowhere", "--", "true"])).stderr).toMatch(/\[app\/no-folder\]/);
  });
});

describe("the command line", () => {
  const sandbox = createSandbox();
  afterAll(() => sandbox.dispose());

  it("prints version and help, and writes nothing", async () => {
    expect((await sandbox.leash(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await sandbox.leash(["--help"])).stdout).toMatch(/deploy/);
    expect((await sandbox.leash(["deploy", "--help"])).exitCode).toBe(0);
    const { existsSync } = await import("node:fs");
    expect(existsSync(sandbox.home)).toBe(false);
  });

  it.each(["", "run", "db", "db plan", "backups restore", "env set"])(
    "shows by `help %s` what --help shows",
    async (words) => {
      const command = words.split(" ").filter((word) => word !== "");
      const asked = await sandbox.leash([...command, "--help"]);
      expect(asked.stdout).toMatch(new RegExp(`^Usage: leash ${words}`));
      expect(await sandbox.leash(["help", ...command])).toMatchObject({
        exitCode: 0,
        stdout: asked.stdout,
        stderr: "",
      });
    },
  );

  it.each([
    [["nonsense"]],
    [["deploy", "--nonsense"]],
    [["deploy", "--choice", "maybe"]],
    [["env", "set"]],
    [["db"]],
    [["help", "nonsense"]],
    [["help", "db", "nonsense"]],
  ])("exits 2 on %j", async (args) => {
    const wrong = await sandbox.leash(args);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).not.toBe("");
    expect(wrong.stdout).toBe("");
  });
});
