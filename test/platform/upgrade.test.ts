import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterEach, describe, expect, it } from "vitest";
import { listProcesses } from "../../src/platform/processes";
import { cli, createSandbox, findInstalledPostgres, type Sandbox, sql } from "../support/sandbox";

const old = findInstalledPostgres();
if (!old) console.warn("SKIPPED: leash upgrade, for want of an installed PostgreSQL 15");

describe.skipIf(!old)("leash upgrade", () => {
  let sandbox: Sandbox;
  let cwd: string;
  afterEach(() => sandbox?.dispose());

  const formerly = { LEASH_POSTGRES_BIN: old! };
  const leash = (args: string[], env: Record<string, string> = {}) => sandbox.leash(args, { cwd, env });
  const folder = () => path.join(sandbox.home, "postgres");
  const names = () =>
    fs.readdirSync(folder()).filter((name) => !["installs", "log", "run", "start.log"].includes(name));
  async function rows(env: Record<string, string> = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await leash(sql("SELECT count(*), sum(n), max(x) AS x FROM t"), env);
    expect(exitCode, stderr).toBe(0);
    return stdout.trim();
  }

  /** A home whose data is of PostgreSQL 15, with rows, its server stopped. */
  async function formerHome(): Promise<string> {
    sandbox = createSandbox();
    cwd = sandbox.app("notes", { "package.json": '{"name":"notes","dependencies":{"pg":"8"}}' });
    expect((await leash(["deploy", "--choice", "create"], formerly)).exitCode).toBe(0);
    await leash(
      sql(
        "CREATE EXTENSION citext; CREATE TABLE t (n serial PRIMARY KEY, x citext);" +
          "INSERT INTO t (x) SELECT 'Row ' || g FROM generate_series(1, 20000) g; SELECT lo_from_bytea(9, 'object')",
      ),
      formerly,
    );
    const before = await rows(formerly);
    expect((await leash(["stop"])).exitCode).toBe(0);
    return before;
  }

  it("takes rows, sequences, objects and passwords along, and keeps the old data", async () => {
    const before = await formerHome();
    const url = (await leash(["db", "url"])).stdout;
    const refused = await leash(["start"]);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("`leash upgrade` takes it along") });
    const upgraded = await leash(["upgrade"]);
    expect(upgraded, upgraded.stderr).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/PostgreSQL 15 → 18/),
    });
    expect(names()).toEqual(["data", expect.stringMatching(/^data-15-\d{14}$/)]);
    expect(JSON.parse((await leash(["status", "--json"])).stdout)).toMatchObject({ running: true, major: 18 });
    expect(await rows()).toBe(before);
    expect((await leash(["db", "url"])).stdout).toBe(url);
    const next = await leash(
      sql("INSERT INTO t (x) VALUES ('next') RETURNING n, convert_from(lo_get(9), 'UTF8') AS o"),
    );
    expect(next.stdout).toMatch(/20001[\s\S]*object/);
    expect((await leash(["doctor"])).exitCode).toBe(0);
    expect(await leash(["upgrade"])).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("already") });
    const backwards = await leash(["upgrade"], formerly);
    expect(backwards).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("upgrade/older") });
    expect(await rows()).toContain("20001");
  }, 60_000);

  it("killed at any time, it is done again, and the rows are never out of reach", async () => {
    const before = await formerHome();
    for (const afterMs of [300, 1_000, 1_700, 2_400]) {
      const child = execa(process.execPath, [cli, "upgrade"], {
        ...{ env: { ...sandbox.env }, extendEnv: false, reject: false, stdin: "ignore", cwd },
      });
      await sleep(afterMs);
      child.kill("SIGKILL");
      await child;
      if (names().some((name) => name.startsWith("data-15"))) break;
      // Whoever goes on with the old one finds it as it was.
      expect(await rows(formerly)).toBe(before);
      expect((await leash(["stop"])).exitCode).toBe(0);
    }
    const upgraded = await leash(["upgrade"]);
    expect(upgraded, upgraded.stderr).toMatchObject({ exitCode: 0 });
    expect(await rows()).toBe(before);
    expect(names()).toEqual(["data", expect.stringMatching(/^data-15-/)]);
    expect(listProcesses().filter(({ command }) => command.includes(`${folder()}/upgrade`))).toEqual([]);
  }, 90_000);

  it("killed between the two renames, it is completed by whatever comes next", async () => {
    const before = await formerHome();
    expect((await leash(["upgrade"])).exitCode).toBe(0);
    expect((await leash(["stop"])).exitCode).toBe(0);
    const kept = names().find((name) => name.startsWith("data-15"))!;
    for (const renamed of [0, 1, 2]) {
      fs.mkdirSync(path.join(folder(), "upgrade"), { mode: 0o711 });
      if (renamed < 2) fs.renameSync(path.join(folder(), "data"), path.join(folder(), "upgrade/data"));
      if (renamed === 0) fs.renameSync(path.join(folder(), kept), path.join(folder(), "data"));
      fs.writeFileSync(path.join(folder(), "upgrade.json"), JSON.stringify({ kept }));
      expect(await rows()).toBe(before);
      expect(names()).toEqual(["data", kept]);
      expect((await leash(["stop"])).exitCode).toBe(0);
    }
  }, 60_000);

  it("a dump that fails leaves the old data as it is", async () => {
    const before = await formerHome();
    const bin = path.join(sandbox.directory, "bin");
    fs.mkdirSync(bin);
    const script =
      '#!/bin/sh\nif [ "$1" = --version ]; then echo "pg_dump (PostgreSQL) 16.1"; exit; fi\necho "pg_dump: error: no" >&2; exit 1\n';
    for (const name of ["pg_dump", "pg_restore"]) fs.writeFileSync(path.join(bin, name), script, { mode: 0o755 });
    const failed = await leash(["upgrade"], { LEASH_POSTGRES_CLIENT_BIN: bin });
    expect(failed).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/error: no[\s\S]*backup\/dump-failed/) });
    expect(names()).toEqual(["data"]);
    expect(await rows(formerly)).toBe(before);
  }, 60_000);
});
