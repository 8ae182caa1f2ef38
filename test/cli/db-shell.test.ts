import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSandbox, flaskApp, type Sandbox } from "../support/sandbox";

const hasPsql = spawnSync("psql", ["--version"]).status === 0;
if (!hasPsql) console.warn("SKIPPED: the test of `leash db shell` with psql, which is not installed");

describe("leash db shell", () => {
  let sandbox: Sandbox;
  let app: string;
  beforeAll(async () => {
    sandbox = createSandbox();
    app = sandbox.app("notes", flaskApp);
    await sandbox.leash(["deploy", "--choice", "create"], { cwd: app });
  });
  afterAll(() => sandbox.dispose());

  const statements =
    "create table notes (id int,\n  body text);\ninsert into notes values (1, 'one'), (2, null);\n\nselect *\nfrom notes;\n";

  it.skipIf(!hasPsql)("uses psql where there is one, and says so", async () => {
    const shell = await sandbox.leash(["db", "shell"], { cwd: app, input: "select current_user;\n" });
    expect(shell).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("Using psql") });
    expect(shell.stdout).toMatch(/app_\w+_owner/);
  });

  it("is a plain loop where there is none, says so, and ends with 1 at the first error of a pipe", async () => {
    const bin = path.join(sandbox.directory, "empty");
    fs.mkdirSync(bin);
    const plain = (input: string) => sandbox.leash(["db", "shell"], { cwd: app, input, env: { PATH: bin } });
    const shell = await plain(statements);
    expect(shell).toMatchObject({ exitCode: 0, stdout: '{"id":1,"body":"one"}\n{"id":2,"body":null}\n' });
    expect(shell.stderr).toMatch(/psql is not installed: a plain shell/);
    const failed = await plain("select 1/0;\nselect 'not reached';\n");
    expect(failed).toMatchObject({ exitCode: 1, stdout: "" });
    expect(failed.stderr).toMatch(/ERROR: division by zero/);
  });

  it("is refused to an app without a database, and starts no server for it", async () => {
    const other = sandbox.app("other", { "package.json": '{"name":"other"}' });
    await sandbox.leash(["deploy"], { cwd: other });
    expect((await sandbox.leash(["db", "shell"], { cwd: other })).stderr).toMatch(/\[db\/none\]/);
  });
});
