import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cli, createSandbox, expressApp, flaskApp, type Sandbox } from "../support/sandbox";

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.warn("SKIPPED: the disk-full tests, which mount small file systems as root");

/** Whether an unprivileged user reaches Node and this checkout. */
const canBeNobody = (() => {
  if (!isRoot) return false;
  try {
    execFileSync("setpriv", ["--reuid=nobody", "--clear-groups", process.execPath, cli, "--version"], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
})();
if (!canBeNobody) console.warn("SKIPPED: the test as another user, who can't reach Node or this checkout here");

describe("bad input", () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = createSandbox();
  });
  afterAll(() => sandbox.dispose());

  const deploy = (cwd: string) => sandbox.leash(["deploy", "--choice", "create"], { cwd });
  /** Refused with this code, a way to mend it, and nothing written. */
  const expectRefusal = async (cwd: string, code: string, exitCode = 1) => {
    const refused = await deploy(cwd);
    expect(refused.stderr).toContain(`[${code}]`);
    expect(refused.stderr.split("\n").length).toBeGreaterThan(3);
    expect(refused).toMatchObject({ exitCode, stdout: "" });
    expect(fs.existsSync(path.join(sandbox.home, "server.json"))).toBe(false);
    return refused;
  };

  it("is a folder without a manifest, when no choice was given", async () => {
    const app = sandbox.app("empty", { "notes.txt": "nothing" });
    for (const command of [["deploy"], ["detect"], ["detect", "--json"]]) {
      const refused = await sandbox.leash(command, { cwd: app });
      expect(refused).toMatchObject({ exitCode: 1, stdout: "" });
      expect(refused.stderr).toMatch(/package\.json[\s\S]*\[detect\/no-manifest\]/);
    }
  });

  it("is broken JSON or TOML, with the place where it breaks", async () => {
    const json = await expectRefusal(
      sandbox.app("json", { "package.json": '{\n  "name": "x",\n  oops\n}' }),
      "detect/broken-manifest",
    );
    expect(json.stderr).toMatch(/package\.json:3/);
    const toml = await expectRefusal(
      sandbox.app("toml", { "pyproject.toml": "[project]\nname = oops\n" }),
      "detect/broken-manifest",
    );
    expect(toml.stderr).toMatch(/pyproject\.toml:2/);
  });

  it("is several faults, all told at once", async () => {
    const app = sandbox.app("many", { "package.json": "{", "pyproject.toml": "[", Pipfile: "]" });
    const { stderr } = await expectRefusal(app, "detect/faults");
    for (const file of ["package.json", "pyproject.toml", "Pipfile"]) expect(stderr).toContain(file);
  });

  it("is a binary file named package.json", async () => {
    const app = sandbox.app("binary", { "package.json": "" });
    fs.copyFileSync(process.execPath, path.join(app, "package.json"), fs.constants.COPYFILE_FICLONE);
    fs.truncateSync(path.join(app, "package.json"), 100_000);
    await expectRefusal(app, "detect/not-text");
  });

  it("is a manifest of 100 MB, refused at once", async () => {
    const app = sandbox.app("huge", { "requirements.txt": "" });
    fs.truncateSync(path.join(app, "requirements.txt"), 100 * 1024 ** 2);
    const begin = performance.now();
    await expectRefusal(app, "detect/too-large");
    expect(performance.now() - begin).toBeLessThan(5_000);
  });

  it("is a manifest that is a folder, a pipe, or a loop of links", async () => {
    const folder = sandbox.app("folder", { "package.json/inner": "" });
    expect((await deploy(folder)).exitCode).not.toBe(0);
    const pipe = sandbox.app("pipe", { x: "" });
    execFileSync("mkfifo", [path.join(pipe, "package.json")]);
    expect((await sandbox.leash(["detect"], { cwd: pipe, timeoutMs: 5_000 })).exitCode).toBe(1);
    const loop = sandbox.app("loop", { x: "" });
    fs.symlinkSync("package.json", path.join(loop, "package.json"));
    const looping = await sandbox.leash(["detect"], { cwd: loop });
    expect(looping).toMatchObject({ exitCode: 1 });
    expect(looping.stderr).toMatch(/\[detect\//);
  });

  it("is a folder that is not there, is a file, or is a loop of links", async () => {
    const file = path.join(sandbox.app("file", { f: "" }), "f");
    const link = path.join(sandbox.directory, "round");
    fs.symlinkSync(link, link);
    for (const bad of ["/nowhere/at/all", file, link]) {
      const refused = await sandbox.leash(["detect", bad]);
      expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
      expect(refused.stderr).toMatch(/\[app\/no-folder\]/);
    }
  });

  it("is an app's name that is none", async () => {
    const app = sandbox.app("named", expressApp);
    for (const name of ["", " ", "x".repeat(201), "a\nb"]) {
      const refused = await sandbox.leash(["deploy", "--choice", "create", "--app", name], { cwd: app });
      expect(refused).toMatchObject({ exitCode: 2 });
      expect(refused.stderr).toMatch(/\[app\/invalid-name\]/);
    }
  });

  it("is a LEASH_HOME that can't be made: below a file, or too long", async () => {
    const app = sandbox.app("homeless", expressApp);
    const file = path.join(app, "package.json");
    for (const home of [path.join(file, "home"), `/tmp/${"y".repeat(300)}`]) {
      const refused = await sandbox.leash(["deploy", "--choice", "create"], { cwd: app, env: { LEASH_HOME: home } });
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toMatch(/\[state\/(not-a-folder|path-too-long)\]/);
    }
    const quoted = await sandbox.leash(["start"], { env: { LEASH_HOME: '/tmp/a"b$(x)' } });
    expect(quoted).toMatchObject({ exitCode: 2 });
    expect(quoted.stderr).toMatch(/\[home\/unsupported-path\]/);
  });

  it("is a LEASH_POSTGRES_BIN without PostgreSQL in it, or with something else", async () => {
    const empty = await sandbox.leash(["start"], {
      env: { LEASH_POSTGRES_BIN: sandbox.directory, LEASH_HOME: `${sandbox.home}-a` },
    });
    expect(empty.stderr).toMatch(/\[server\/bad-binaries\]/);
    const fake = sandbox.app("fake-bin", { initdb: "#!/bin/sh\n", postgres: "#!/bin/sh\necho something else\n" });
    for (const file of ["initdb", "postgres"]) fs.chmodSync(path.join(fake, file), 0o755);
    const other = await sandbox.leash(["start"], {
      env: { LEASH_POSTGRES_BIN: fake, LEASH_HOME: `${sandbox.home}-a` },
    });
    expect(other.stderr).toMatch(/does not run on this machine[\s\S]*\[server\/bad-binaries\]/);
    expect(other.exitCode).toBe(1);
  });

  it("is a state file that was damaged: told, and left as it is", async () => {
    const env = { LEASH_HOME: `${sandbox.home}-damaged` };
    const app = sandbox.app("damaged", expressApp);
    await sandbox.leash(["deploy", "--choice", "skip"], { cwd: app, env });
    const [name] = fs.readdirSync(path.join(env.LEASH_HOME, "apps"));
    const file = path.join(env.LEASH_HOME, "apps", name!);
    fs.writeFileSync(file, '{"id":');
    const refused = await sandbox.leash(["env", "list"], { cwd: app, env });
    expect(refused).toMatchObject({ exitCode: 1 });
    expect(refused.stderr).toContain(file);
    expect(refused.stderr).toMatch(/\[state\/broken\]/);
    expect(fs.readFileSync(file, "utf8")).toBe('{"id":');
    expect((await sandbox.leash(["doctor"], { env })).exitCode).toBe(1);
  });

  it.skipIf(!canBeNobody)("is a home of another user's, and a manifest that may not be read", async () => {
    const asNobody = (args: string[], cwd: string, home: string) => {
      const run = `cd '${cwd}' && LEASH_HOME='${home}' '${process.execPath}' '${cli}' ${args.join(" ")}`;
      try {
        execFileSync("setpriv", ["--reuid=nobody", "--clear-groups", "sh", "-c", run], {
          stdio: "pipe",
          encoding: "utf8",
        });
        return "";
      } catch (error) {
        return (error as { stderr: string }).stderr;
      }
    };
    const app = sandbox.app("readable", expressApp);
    expect(asNobody(["deploy", "--choice", "create"], app, path.join(sandbox.directory, "not-mine"))).toMatch(
      /\[state\/not-writable\]/,
    );
    fs.chmodSync(path.join(app, "package.json"), 0o000);
    expect(asNobody(["detect"], app, "/tmp/unused")).toMatch(/\[detect\/unreadable\]/);
    fs.chmodSync(path.join(app, "package.json"), 0o644);
    fs.chmodSync(app, 0o711);
    expect(asNobody(["detect"], app, "/tmp/unused")).toMatch(/\[(detect\/unreadable|state\/not-writable)\]/);
  });
});

describe.skipIf(!isRoot)("a full disk", () => {
  let sandbox: Sandbox;
  let disk: string;
  beforeAll(() => {
    sandbox = createSandbox();
    disk = path.join(sandbox.directory, "disk");
  });
  afterEach(async () => {
    await sandbox.leash(["stop"], { env: { LEASH_HOME: path.join(disk, "home") } });
    execFileSync("umount", ["-l", disk]);
  });
  afterAll(() => sandbox.dispose());

  it.each([
    ["1m", "nothing fits"],
    ["30m", "PostgreSQL's programs do not fit"],
    ["75m", "the data folder does not fit"],
  ])("of %s (%s) is told, leaves nothing half-made, and the next deploy works", async (size) => {
    fs.mkdirSync(disk, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=0755`, "tmpfs", disk]);
    const app = sandbox.app(`full-${size}`, flaskApp);
    const env = { LEASH_HOME: path.join(disk, "home") };
    const refused = await sandbox.leash(["deploy", "--choice", "create", "--app", "full"], { cwd: app, env });
    expect(refused.exitCode, refused.stderr).toBe(1);
    expect(refused.stderr).toMatch(/disk is full[\s\S]*Free some space[\s\S]*\[state\/disk-full\]/);
    const left = execFileSync("find", [disk, "-name", "*.tmp", "-o", "-name", "*.new"], { encoding: "utf8" });
    expect(left).toBe("");
    execFileSync("mount", ["-o", "remount,size=400m", disk]);
    const next = await sandbox.leash(["deploy", "--choice", "create", "--app", "full"], { cwd: app, env });
    expect(next, next.stderr).toMatchObject({ exitCode: 0 });
  });
});
