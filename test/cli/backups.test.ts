import { createHash } from "node:crypto";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findNativeClients } from "../../src/backup/native/find";
import { until } from "../support/guard";
import { clientBin, missingClient } from "../support/postgres-client";
import { createSandbox, type Sandbox, sql } from "../support/sandbox";

interface Listed {
  id: string;
  app: string;
  createdAt: string;
  bytes: number;
  sha256: string;
  verifiedAt: string | null;
  drilledAt: string | null;
}

describe.skipIf(missingClient)("leash backups", () => {
  let sandbox: Sandbox;
  let cwd: string;
  beforeAll(async () => {
    sandbox = createSandbox({ LEASH_POSTGRES_CLIENT_BIN: clientBin });
    cwd = sandbox.app("notes", { "package.json": '{"name":"notes","dependencies":{"pg":"8"}}' });
    expect((await leash("deploy", "--choice", "create")).exitCode).toBe(0);
    await query("CREATE TABLE t (n int PRIMARY KEY, x text); INSERT INTO t SELECT n, n FROM generate_series(1, 100) n");
  }, 60_000);
  afterAll(() => sandbox?.dispose());

  const leash = (...args: string[]) => sandbox.leash(args, { cwd });
  const backups = (...args: string[]) => leash("backups", ...args);
  async function query(text: string, app?: string): Promise<unknown> {
    const args = app === undefined ? sql(text) : ["run", "--app", app, ...sql(text).slice(1)];
    const { exitCode, stdout, stderr } = await leash(...args);
    expect(exitCode, stderr).toBe(0);
    return stdout.trim();
  }
  const list = async () => JSON.parse((await backups("list", "--json")).stdout) as Listed[];
  async function create(): Promise<string> {
    const made = await backups("create");
    expect(made, made.stderr).toMatchObject({ exitCode: 0 });
    return made.stdout.trim();
  }
  const password = () => {
    const [file] = fs.readdirSync(path.join(sandbox.home, "apps"));
    return JSON.parse(fs.readFileSync(path.join(sandbox.home, "apps", file!), "utf8")).database.password as string;
  };

  it("create, list, verify and drill", async () => {
    expect(await list()).toEqual([]);
    const id = await create();
    const [listed] = await list();
    expect(listed).toEqual({
      ...{ id, app: "notes", createdAt: expect.stringMatching(/^\d{4}-.*Z$/), bytes: expect.any(Number) },
      ...{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), verifiedAt: expect.any(String), drilledAt: null },
    });
    const verified = await backups("verify", id);
    expect(verified, verified.stderr).toMatchObject({ exitCode: 0, stdout: "" });
    const drilled = await backups("drill");
    expect(drilled, drilled.stderr).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/nothing differs/) });
    expect((await list())[0]!.drilledAt).toMatch(/Z$/);
    expect((await backups("list")).stdout).toContain(id);
    const folder = path.join(sandbox.home, "backups");
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
    for (const app of fs.readdirSync(folder)) {
      for (const name of fs.readdirSync(path.join(folder, app))) {
        const file = path.join(folder, app, name);
        expect(fs.statSync(file).mode & 0o077, file).toBe(0);
        expect(fs.readFileSync(file).includes(password()), file).toBe(false);
      }
    }
  }, 60_000);

  it("restore, which keeps what was there, and undo", async () => {
    const id = await create();
    const url = (await leash("db", "url")).stdout;
    const later = () => query("SELECT count(*) FROM pg_class WHERE relname = 'later'");
    await query("DROP TABLE t; CREATE TABLE later (n int)");
    const unasked = await backups("restore", id);
    expect(unasked).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--yes[\s\S]*backups\/not-confirmed/) });
    const restored = await backups("restore", id, "--yes");
    expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
    expect(await query("SELECT count(*) FROM t")).toContain("100");
    expect(await later()).toContain("0");
    expect((await leash("db", "url")).stdout).toBe(url);
    expect((await backups("list")).stderr).toMatch(/keeps the database that was there before/);
    expect((await backups("undo", "--yes")).exitCode).toBe(0);
    expect(await later()).toContain("1");
    expect((await backups("redo", "--yes")).exitCode).toBe(0);
    expect(await query("SELECT count(*) FROM t")).toContain("100");
    // The wrong backup, and then another one: the original can still be reached.
    expect((await backups("restore", id, "--yes")).exitCode).toBe(0);
    expect((await backups("list")).stderr).toMatch(/undo` puts it back\..*one more `leash backups undo` puts it back/s);
    for (const step of ["undo", "undo"]) expect((await backups(step, "--yes")).exitCode).toBe(0);
    expect(await later()).toContain("1");
    expect((await backups("undo", "--yes")).stderr).toContain("restore/nothing-kept");
    for (const step of ["redo", "redo"]) expect((await backups(step, "--yes")).exitCode).toBe(0);
    expect(await later()).toContain("0");
    expect((await backups("discard", "--yes")).exitCode).toBe(0);
    expect(await backups("undo", "--yes")).toMatchObject({
      ...{ exitCode: 1, stderr: expect.stringContaining("restore/nothing-kept") },
    });
    expect(JSON.parse((await leash("db", "info", "--json")).stdout)).toMatchObject({ differences: [] });
  }, 60_000);

  it("takes away what a killed one left of a dump", async () => {
    const { id } = JSON.parse((await leash("db", "info", "--json")).stdout) as { id: string };
    const folder = path.join(sandbox.home, "backups", id);
    await create();
    const [left, used] = ["work-999999-00000000.partial", `work-${process.pid}-00000000.partial`];
    for (const name of [left, used]) fs.writeFileSync(path.join(folder, name), "rows");
    await create();
    expect(fs.existsSync(path.join(folder, left))).toBe(false);
    expect(fs.existsSync(path.join(folder, used))).toBe(true);
    fs.rmSync(path.join(folder, used));
  }, 60_000);

  it("leaves nothing of an app that was made for a restore that fails", async () => {
    const id = await create();
    const refused = await backups("restore", id, "--to", "halfway", "--table", "nosuch");
    expect(refused.exitCode).toBeGreaterThan(0);
    expect((await leash("status", "--json")).stdout).not.toContain("halfway");
    const file = (await fs.promises.readdir(path.join(sandbox.home, "backups"), { recursive: true })).find(
      (name) => name.includes(id) && !name.endsWith(".json"),
    )!;
    const dump = path.join(sandbox.home, "backups", file);
    const whole = fs.readFileSync(dump);
    fs.writeFileSync(dump, whole.subarray(0, whole.length - 1));
    expect((await backups("restore", id, "--to", "halfway")).stderr).toContain("[backup/corrupt]");
    fs.writeFileSync(dump, whole);
    for (const name of fs.readdirSync(path.join(sandbox.home, "apps"))) {
      expect(fs.readFileSync(path.join(sandbox.home, "apps", name), "utf8")).not.toContain("halfway");
    }
    expect(await query("SELECT datname FROM pg_database WHERE datname <> current_database()")).not.toContain("app_");
  }, 60_000);

  it("restore --table, to its own place where that is free, else beside", async () => {
    const id = await create();
    await query("UPDATE t SET x = 'changed'");
    const beside = await backups("restore", id, "--table", "t");
    expect(beside, beside.stderr).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^restored_\d{14}\.t\n$/),
    });
    const place = beside.stdout.trim();
    expect(
      await query(`SELECT count(*) FROM ${place} a JOIN t USING (n) WHERE t.x = 'changed' AND a.x <> 'changed'`),
    ).toContain("100");
    await query(`DROP TABLE t; DROP SCHEMA ${place.split(".")[0]} CASCADE`);
    const back = await backups("restore", id, "--table", "public.t");
    expect(back, back.stderr).toMatchObject({ exitCode: 0, stdout: "public.t\n" });
    expect(await query("SELECT count(*) FROM t")).toContain("100");
    expect(
      await query("SELECT count(*) FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'p'"),
    ).toContain("1");
    expect(await backups("restore", id, "--table", "none")).toMatchObject({
      ...{ exitCode: 2, stderr: expect.stringContaining("restore/no-table") },
    });
  }, 60_000);

  it("restore --to and clone make another app with a login of its own", async () => {
    const id = await create();
    const to = await backups("restore", id, "--to", "copy");
    expect(to, to.stderr).toMatchObject({ exitCode: 0 });
    expect(await query("SELECT count(*) FROM t", "copy")).toContain("100");
    const cloned = await backups("clone", "twin");
    expect(cloned, cloned.stderr).toMatchObject({ exitCode: 0 });
    expect(await query("SELECT count(*) FROM t", "twin")).toContain("100");
    await query("DELETE FROM t", "twin");
    expect(await query("SELECT count(*) FROM t")).toContain("100");
    // It may hold something by now.
    expect(await backups("clone", "twin")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--yes") });
    const urls = new Set(
      await Promise.all(["notes", "copy", "twin"].map(async (app) => (await leash("db", "url", "--app", app)).stdout)),
    );
    expect(urls.size).toBe(3);
    for (const app of ["copy", "twin"]) {
      expect((await leash("db", "destroy", "--yes", "--app", app)).exitCode).toBe(0);
    }
  }, 60_000);

  it("export, download and import", async () => {
    const id = await create();
    const file = path.join(sandbox.directory, "notes.dump");
    const exported = await backups("export", "--output", file);
    expect(exported, exported.stderr).toMatchObject({ exitCode: 0, stdout: `${file}\n` });
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    for (const [output, code] of [
      [file, "file-exists"],
      [sandbox.directory, "is-a-folder"],
      ["", "is-a-folder"],
      [path.join(sandbox.directory, "none", "x.dump"), "no-folder"],
    ]) {
      const refused = await backups("export", "--output", output!);
      expect(refused).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringContaining(`[backups/${code}]`) });
      expect(refused.stderr).not.toContain("Dumping");
    }
    // What is no file is written into: `--force` replaces no device.
    expect(await backups("export", "--output", "/dev/null")).toMatchObject({ exitCode: 0 });
    expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
    const link = path.join(sandbox.directory, "link.dump");
    fs.symlinkSync(file, link);
    expect(await backups("export", "--output", link, "--force")).toMatchObject({ exitCode: 0 });
    expect(fs.readlinkSync(link)).toBe(file);
    const downloaded = path.join(sandbox.directory, "downloaded.dump");
    expect((await backups("download", id, "-o", downloaded)).exitCode).toBe(0);
    const sum = createHash("sha256").update(fs.readFileSync(downloaded)).digest("hex");
    expect((await list()).find((backup) => backup.id === id)!.sha256).toBe(sum);
    await query("DELETE FROM t");
    const imported = await backups("import", file, "--yes");
    expect(imported, imported.stderr).toMatchObject({ exitCode: 0 });
    expect(await query("SELECT count(*) FROM t")).toContain("100");
    fs.writeFileSync(file, Buffer.from([0, 1, 2, 3]));
    expect(await backups("import", file, "--yes")).toMatchObject({
      ...{ exitCode: 2, stderr: expect.stringContaining("import/not-a-dump") },
    });
    expect(await query("SELECT count(*) FROM t")).toContain("100");
    expect(fs.readdirSync(sandbox.directory).filter((name) => /partial|^\.leash-/.test(name))).toEqual([]);
  }, 60_000);

  it.each([
    ["plain SQL that first drops what an empty database does not have", ["--clean"]],
    ["plain SQL that makes the schema which is there", ["--schema=public"]],
    ["the custom format of one schema", ["--schema=public", "-Fc"]],
    ["tar", ["-Ft"]],
  ])("import %s", async (_, options) => {
    const file = path.join(sandbox.directory, "brought");
    const dumped = await leash("run", "--", path.join(clientBin, "pg_dump"), ...options, `--file=${file}`);
    expect(dumped, dumped.stderr).toMatchObject({ exitCode: 0 });
    await query("DELETE FROM t");
    const imported = await backups("import", file, "--yes");
    expect(imported, imported.stderr).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining("Left out") });
    expect(await query("SELECT count(*) FROM t")).toContain("100");
  });

  it("import nothing that fills the disk, and no folder", async () => {
    const file = path.join(sandbox.directory, "endless.sql");
    const writes =
      "CREATE TABLE e (x text); DO $$ BEGIN LOOP INSERT INTO e SELECT repeat(md5(random()::text), 32) FROM generate_series(1, 9000); COMMIT; END LOOP; END $$;";
    fs.writeFileSync(file, `${writes}\n--\n-- PostgreSQL database dump complete\n--\n`);
    expect(await backups("import", file, "--yes")).toMatchObject({
      ...{ exitCode: 1, stderr: expect.stringContaining("restore/grows") },
    });
    expect(await backups("import", sandbox.directory, "--yes")).toMatchObject({
      ...{ exitCode: 2, stderr: expect.stringContaining("is a folder") },
    });
    expect(await query("SELECT count(*) FROM t")).toContain("100");
  });

  it("bad input is told with what and how, and exits with 2 or 1", async () => {
    const cases: [string[], number, string][] = [
      [["verify", "../../etc/passwd"], 2, "backup/bad-id"],
      [["verify", "20260101T000000Z-aaaaaa"], 1, "backup/not-found"],
      [["restore", "20260101T000000Z-aaaaaa", "--to", "x", "--app", "notes"], 2, "backups/contradiction"],
      [["import", "/nonexistent.dump", "--yes"], 2, "import/not-readable"],
      [["clone", "notes", "--yes"], 2, "backups/same-app"],
      [["list", "--app", "nobody"], 1, "app/not-found"],
    ];
    for (const [args, exitCode, code] of cases) {
      expect(await backups(...args), args.join(" ")).toMatchObject({ exitCode, stderr: expect.stringContaining(code) });
    }
    fs.writeFileSync(path.join(sandbox.home, "backups.json"), '{"schedule":"never","retentionDays":0}');
    const told = await backups("list");
    expect(told).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/never[\s\S]*0 days[\s\S]*backup\/settings/),
    });
    fs.rmSync(path.join(sandbox.home, "backups.json"));
    const broken = await create();
    const stored = fs.readdirSync(path.join(sandbox.home, "backups"), { recursive: true, encoding: "utf8" });
    const dump = stored.find((name) => name.endsWith(`${broken}.dump`))!;
    fs.appendFileSync(path.join(sandbox.home, "backups", dump), "x");
    expect(await backups("verify", broken)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("backup/corrupt"),
    });
    expect(await backups("restore", broken, "--yes")).toMatchObject({
      ...{ exitCode: 1, stderr: expect.stringContaining("backup/corrupt") },
    });
    expect(await query("SELECT count(*) FROM t")).toContain("100");
    expect((await backups("delete", broken, "--yes")).exitCode).toBe(0);
    expect((await list()).some(({ id }) => id === broken)).toBe(false);
  }, 60_000);

  it("the agent makes them by itself, and takes up what is set", async () => {
    const before = (await list()).length;
    const elsewhere = path.join(sandbox.directory, "elsewhere");
    fs.writeFileSync(
      path.join(sandbox.home, "backups.json"),
      JSON.stringify({ schedule: "* * * * *", spreadMinutes: 0, drill: false, destination: { folder: elsewhere } }),
    );
    // It looks at its settings every five seconds, and a home with nothing in it is due within the minute.
    await until(async () => (await list())[0], 90_000, "a backup of the agent's");
    expect(fs.readdirSync(elsewhere)).toHaveLength(1);
    fs.rmSync(path.join(sandbox.home, "backups.json"));
    expect(await list()).toHaveLength(before);
    const doctor = await leash("doctor");
    expect(doctor.stdout + doctor.stderr).toMatch(/backups of notes/);
    expect(doctor.exitCode, doctor.stdout).toBe(0);
  }, 120_000);

  it("one that fails is told by list, doctor and the agent's metrics, until there is a good one again", async () => {
    const metrics = () =>
      new Promise<string>((resolve, reject) => {
        const socketPath = path.join(sandbox.home, "agent.sock");
        http.get({ socketPath, path: "/metrics" }, (answer) => text(answer).then(resolve, reject)).on("error", reject);
      });
    const told = async () => (await backups("list")).stderr;
    await query("CREATE EXTENSION citext; CREATE TABLE hidden (n int); ALTER EXTENSION citext ADD TABLE hidden");
    fs.writeFileSync(
      path.join(sandbox.home, "backups.json"),
      JSON.stringify({ schedule: "* * * * *", spreadMinutes: 0, drill: false }),
    );
    await until(async () => (await told()).includes("The dump lacks tables") || undefined, 90_000, "a failure");
    expect(await leash("doctor")).toMatchObject({
      ...{ exitCode: 1, stdout: expect.stringMatching(/the last \d attempts failed: The dump lacks/) },
    });
    expect(await metrics()).toMatch(/^leash_backup_events_total\{kind="backup-failed",app="app_\w+"\} [1-9]/m);
    await query("ALTER EXTENSION citext DROP TABLE hidden; DROP TABLE hidden");
    fs.rmSync(path.join(sandbox.home, "backups.json"));
    const id = await create();
    expect(await told()).not.toContain("attempts");
    expect((await leash("doctor")).exitCode).toBe(0);
    // Once the agent has looked, with the settings that came back.
    const newest = Math.floor(Date.parse((await list()).find((backup) => backup.id === id)!.createdAt) / 1000);
    const seen = new RegExp(`^leash_backup_last_success_timestamp_seconds\\{app="app_\\w+"\\} ${newest}`, "m");
    await until(async () => seen.test(await metrics()) || undefined, 60_000, "its metric");
  }, 180_000);
});

const native = findNativeClients().some(({ major }) => major >= 18);
if (native) console.warn("SKIPPED: backups with nothing of PostgreSQL's on the machine; it has a pg_dump 18");

describe.skipIf(native)("leash backups, with nothing of PostgreSQL's on the machine", () => {
  let sandbox: Sandbox;
  let cwd: string;
  beforeAll(async () => {
    sandbox = createSandbox();
    cwd = sandbox.app("notes", { "package.json": '{"name":"notes","dependencies":{"pg":"8"}}' });
    expect((await leash("deploy", "--choice", "create")).exitCode).toBe(0);
  }, 60_000);
  afterAll(() => sandbox?.dispose());
  const leash = (...args: string[]) => sandbox.leash(args, { cwd });
  const query = (text: string) => leash(...sql(text));

  it("dump by WebAssembly, drill, and restore, large objects and all", async () => {
    await query(
      "CREATE TABLE t AS SELECT n, repeat('x', 100) AS x FROM generate_series(1, 1000) n; SELECT lo_from_bytea(77, 'hello')",
    );
    const made = await leash("backups", "create");
    expect(made, made.stderr).toMatchObject({ exitCode: 0 });
    expect((await leash("backups", "drill")).exitCode).toBe(0);
    await query("DROP TABLE t; SELECT lo_unlink(77)");
    const restored = await leash("backups", "restore", made.stdout.trim(), "--yes");
    expect(restored, restored.stderr).toMatchObject({ exitCode: 0 });
    expect((await query("SELECT count(*) FROM t")).stdout).toContain("1000");
    expect((await query("SELECT convert_from(lo_get(77), 'UTF8')")).stdout).toContain("hello");
    const doctor = await leash("doctor");
    expect(doctor.stdout + doctor.stderr).toMatch(/pg_dump.*WebAssembly/);
  }, 60_000);
});
