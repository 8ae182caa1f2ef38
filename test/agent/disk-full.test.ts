import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fillTable, until } from "../support/guard";
import { createSandbox, type Sandbox, sql } from "../support/sandbox";

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn("SKIPPED: the guard on a full disk, which takes root to mount a small file system");

describe.skipIf(!isRoot)("a disk that one app has filled", () => {
  let sandbox: Sandbox;
  let disk: string;
  let env: Record<string, string>;
  const folders: Record<string, string> = {};
  beforeAll(async () => {
    sandbox = createSandbox();
    disk = path.join(sandbox.directory, "disk");
    fs.mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=420m,mode=0755", "tmpfs", disk]);
    env = { LEASH_HOME: path.join(disk, "home") };
    for (const [name, plan] of Object.entries({ notes: "free", hog: "team" })) {
      folders[name] = sandbox.app(name, { "package.json": `{"name":"${name}","dependencies":{"pg":"8"}}` });
      const made = await leash(name, ["deploy", "--choice", "create", "--plan", plan]);
      expect(made.exitCode, made.stderr).toBe(0);
      await query(name, "CREATE TABLE t (x text)");
    }
  });
  afterAll(async () => {
    await sandbox?.leash(["stop"], { env });
    execFileSync("umount", ["-l", disk]);
    await sandbox?.dispose();
  });

  const leash = (name: string, args: string[]) => sandbox.leash(args, { cwd: folders[name]!, env });
  const query = (name: string, text: string) => leash(name, sql(text));
  const free = () => {
    const { bavail, bsize } = fs.statfsSync(disk);
    return bavail * bsize;
  };

  it("stops nobody for longer than it is full, and leaves nobody restricted or unrestricted wrongly", async () => {
    const batch = "INSERT INTO t SELECT repeat(md5(random()::text), 32) FROM generate_series(1, 40000)";
    await until(async () => ((await query("hog", batch)).exitCode === 0 ? undefined : true), 90_000, "a full disk");
    // What a failed transaction has taken is given back; the last bytes go to something that stays.
    execFileSync("sh", ["-c", `dd if=/dev/zero of=${disk}/rest bs=64k 2>/dev/null || true`]);
    expect(free()).toBeLessThan(1024 ** 2);
    await query("notes", "INSERT INTO t VALUES ('while it is full')");

    fs.rmSync(path.join(disk, "rest"));
    execFileSync("mount", ["-o", "remount,size=900m", disk]);
    // Without another command of leash's: the agent sees to the server.
    await until(
      async () => ((await query("notes", "INSERT INTO t VALUES ('after')")).exitCode === 0 ? true : undefined),
      60_000,
      "the server",
    );
    for (const name of ["notes", "hog"]) {
      expect((await query(name, "INSERT INTO t VALUES ('x')")).exitCode).toBe(0);
      expect(JSON.parse((await leash(name, ["db", "usage", "--json"])).stdout).storage.state).toBe("ok");
    }

    await query("notes", fillTable(70));
    const restricted = async () =>
      (await query("notes", "INSERT INTO t VALUES ('x')")).stderr.includes("permission denied");
    await until(async () => ((await restricted()) ? true : undefined), 30_000, "the guard");
    expect((await leash("notes", ["doctor"])).stdout).toContain("✓ agent: running");
  });
});
