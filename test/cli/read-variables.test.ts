import { afterAll, describe, expect, it } from "vitest";
import { createSandbox } from "../support/sandbox";

const packageJson = JSON.stringify({ dependencies: { pg: "8" } });
const example = "POSTGRES_URL=\nDB_HOST=localhost\nDB_USER=me\nDB_PASSWORD=\nDB_NAME=notes\n";

describe("an app that reads other variables than DATABASE_URL", () => {
  const sandbox = createSandbox();
  afterAll(() => sandbox.dispose());
  const script = `
    const { Client } = require(${JSON.stringify(require.resolve("pg"))});
    const { POSTGRES_URL, DB_HOST, DB_USER, DB_PASSWORD, DB_NAME } = process.env;
    const ask = async (options) => {
      const client = new Client(options);
      await client.connect();
      const { rows } = await client.query("select current_database() as d");
      await client.end();
      return rows[0].d;
    };
    (async () => {
      const parts = { host: DB_HOST, user: DB_USER, password: DB_PASSWORD, database: DB_NAME };
      console.log(await ask({ connectionString: POSTGRES_URL }), await ask(parts));
    })();`;

  it("is given its database there too, and told so", async () => {
    const cwd = sandbox.app("notes", { "package.json": packageJson, ".env.example": example });
    const deployed = await sandbox.leash(["deploy", "--choice", "create"], { cwd });
    expect(deployed.exitCode, deployed.stderr).toBe(0);
    const detected = await sandbox.leash(["detect"], { cwd });
    expect(detected.stdout).toContain(
      "reads its connection from POSTGRES_URL, DB_HOST, DB_USER, DB_PASSWORD, DB_NAME.\n",
    );
    expect(deployed.stderr).toContain("The app reads POSTGRES_URL, DB_HOST, DB_USER, DB_PASSWORD, DB_NAME:");
    const ran = await sandbox.leash(["run", "--", process.execPath, "-e", script], { cwd });
    expect(ran.stdout, ran.stderr).toMatch(/^(app_\w+) \1\n$/);
    const listed = await sandbox.leash(["env", "list"], { cwd });
    expect(listed.stdout).toContain("DB_PASSWORD");
    const { stdout: password } = await sandbox.leash(["env", "get", "DB_PASSWORD"], { cwd });
    expect(`${listed.stdout}${deployed.stdout}${deployed.stderr}`).not.toContain(password.trim());
  });

  it("keeps what the user sets of them, all of them", async () => {
    const cwd = sandbox.app("own", { "package.json": packageJson, ".env.example": example });
    await sandbox.leash(["deploy", "--choice", "create"], { cwd });
    await sandbox.leash(["env", "set", "DB_HOST=db.mine"], { cwd });
    const words = [
      "run",
      "--",
      process.execPath,
      "-p",
      "process.env.DB_HOST + process.env.DB_NAME + process.env.POSTGRES_URL",
    ];
    expect((await sandbox.leash(words, { cwd })).stdout).toBe("db.mineundefinedundefined\n");
    const again = await sandbox.leash(["deploy"], { cwd });
    expect(again.stderr).toContain("of which you set DB_HOST: they stay yours.");
  });

  it("is not asked where it has answered beforehand", async () => {
    const skipping = sandbox.app("skipping", { "package.json": packageJson, "leash.json": '{ "database": "skip" }' });
    const skipped = await sandbox.leash(["deploy"], { cwd: skipping });
    expect([skipped.exitCode, skipped.stdout]).toEqual([
      0,
      expect.stringContaining("✓ Skipped — set DATABASE_URL later"),
    ]);
    expect(skipped.stderr).toContain('leash.json says "skip".');
    const created = await sandbox.leash(["deploy", "--choice", "create"], { cwd: skipping });
    expect(created.stdout).toContain("✓ Database created");
    const cwd = sandbox.app("creating", { "package.json": packageJson });
    const env = { LEASH_DATABASE: "create" };
    expect((await sandbox.leash(["deploy"], { cwd, env })).stdout).toContain("✓ Database created");
    const wrong = await sandbox.leash(["deploy"], { cwd, env: { LEASH_DATABASE: "perhaps" } });
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining("[settings/bad-answer]")]);
  });

  it("is told of in one shape, whichever command detects it", async () => {
    const cwd = sandbox.app("shapes", { "package.json": packageJson, ".env.example": example });
    const detected = JSON.parse((await sandbox.leash(["detect", "--json"], { cwd })).stdout);
    const deployed = JSON.parse((await sandbox.leash(["deploy", "--choice", "skip", "--json"], { cwd })).stdout);
    expect(detected.services[0].variables).toContain("DB_HOST");
    expect(deployed.detection).toEqual(detected);
  });

  it("is told which extensions its server lacks", async () => {
    const files = { "package.json": JSON.stringify({ dependencies: { pg: "8", pgvector: "0.2" } }) };
    const cwd = sandbox.app("vectors", files);
    const detected = JSON.parse((await sandbox.leash(["detect", "--json"], { cwd })).stdout);
    expect(detected.needs).toMatchObject([{ extension: "vector", evidence: { file: "package.json" } }]);
    const { stdout, stderr } = await sandbox.leash(["deploy", "--choice", "create"], { cwd });
    expect(stdout).toContain("✓ Database created");
    expect(stderr).toContain("The app will want vector, which this server does not have");
  });
});
