import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterEach, describe, expect, it } from "vitest";
import { type LivingProcess, listProcesses } from "../../src/platform/processes";
import { until } from "../support/guard";
import { cli, createSandbox, findInstalledPostgres, flaskApp, root, type Sandbox, sql } from "../support/sandbox";

describe("the embedded server", () => {
  const sandboxes: Sandbox[] = [];
  const sandbox = (env?: Record<string, string>) => {
    const made = createSandbox(env);
    sandboxes.push(made);
    return made;
  };
  afterEach(async () => {
    await Promise.all(sandboxes.splice(0).map((made) => made.dispose()));
  });
  const status = async (made: Sandbox) => JSON.parse((await made.leash(["status", "--json"])).stdout);

  it("starts, tells its status, stops, and does each twice without harm", async () => {
    const made = sandbox();
    expect(await status(made)).toMatchObject({ running: false, pid: null });
    for (const _ of [1, 2]) expect((await made.leash(["start"])).exitCode).toBe(0);
    const running = await status(made);
    expect(running).toMatchObject({ running: true, major: 18 });
    for (const _ of [1, 2]) expect((await made.leash(["stop"])).exitCode).toBe(0);
    expect(await status(made)).toMatchObject({ running: false, pid: null });
  });

  it("listens on a socket in a folder of its own and on no port, as an unprivileged user", async () => {
    const made = sandbox();
    await made.leash(["start"]);
    const { pid, socketDirectory } = await status(made);
    const inodes = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`));
    const tcp = ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => fs.readFileSync(file, "utf8")).join("");
    const listening = tcp
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((line) => line[3] === "0A");
    for (const line of listening) expect(inodes).not.toContain(`socket:[${line[9]}]`);
    expect(fs.statSync(`/proc/${pid}`).uid).not.toBe(0);
    expect(fs.statSync(socketDirectory).mode & 0o022).toBe(0);
    expect(fs.statSync(path.join(made.home, "postgres/data")).mode & 0o077).toBe(0);
  });

  it("comes back with its data after kill -9 of any of its processes", async () => {
    const made = sandbox();
    const app = made.app("notes", flaskApp);
    await made.leash(["deploy", "--choice", "create"], { cwd: app });
    await made.leash(["db", "shell"], { cwd: app, input: "create table kept as select 42 as answer;\n" });
    const { pid } = await status(made);
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
    for (const victim of [...children.slice(0, 2), pid]) {
      process.kill(victim, "SIGKILL");
      await sleep(victim === pid ? 0 : 300);
      const row = await made.leash(sql("select answer from kept"), { cwd: app });
      if (victim === pid) expect(row, row.stderr).toMatchObject({ exitCode: 0, stdout: "42\n" });
    }
    expect((await made.leash(sql("select answer from kept"), { cwd: app })).stdout).toBe("42\n");
  });

  it("starts over a backend that a killed server left computing", async () => {
    const made = sandbox();
    const app = made.app("notes", flaskApp);
    await made.leash(["deploy", "--choice", "create"], { cwd: app });
    const busy = made.leash(["db", "shell"], {
      cwd: app,
      input: "select count(*) from generate_series(1, 100000000000) g;\n",
    });
    await sleep(1500);
    process.kill((await status(made)).pid, "SIGKILL");
    const again = await made.leash(["start"]);
    expect(again, again.stderr).toMatchObject({ exitCode: 0 });
    await busy;
  });

  it("starts over a stale pid file whose number is another process's by now, and after a reboot", async () => {
    const made = sandbox();
    await made.leash(["start"]);
    const { pid, socketDirectory } = await status(made);
    const pidFile = path.join(made.home, "postgres/data/postmaster.pid");
    const content = fs.readFileSync(pidFile, "utf8");
    const lock = fs.readFileSync(path.join(socketDirectory, ".s.PGSQL.5432.lock"), "utf8");
    process.kill(pid, "SIGKILL");
    await sleep(500);
    const impostor = execa("sleep", ["60"], { uid: fs.statSync(path.join(made.home, "postgres/data")).uid });
    const asImpostor = (text: string) => text.replace(/^\d+/, String(impostor.pid));
    fs.writeFileSync(pidFile, asImpostor(content));
    fs.writeFileSync(path.join(socketDirectory, ".s.PGSQL.5432.lock"), asImpostor(lock));
    const again = await made.leash(["start"]);
    expect(again, again.stderr).toMatchObject({ exitCode: 0 });
    impostor.kill();
    await impostor.catch(() => {});
    // A reboot: everything is gone but the files, and a temporary socket folder is gone too.
    await made.leash(["stop"]);
    fs.rmSync(socketDirectory, { recursive: true });
    expect((await made.leash(["start"])).exitCode).toBe(0);
  });

  it("makes a new socket when a cleaner took it away from under the living server", async () => {
    const made = sandbox();
    await made.leash(["start"]);
    const { socketDirectory } = await status(made);
    fs.rmSync(path.join(socketDirectory, ".s.PGSQL.5432"));
    expect((await made.leash(["start"])).exitCode).toBe(0);
    expect(fs.existsSync(path.join(socketDirectory, ".s.PGSQL.5432"))).toBe(true);
  });

  it("lets two homes live side by side, and ten starts at once make one server", async () => {
    const [one, two] = [sandbox(), sandbox()];
    const starts = await Promise.all([...Array.from({ length: 9 }, () => one.leash(["start"])), two.leash(["start"])]);
    for (const start of starts) expect(start, start.stderr).toMatchObject({ exitCode: 0 });
    const [first, second] = [await status(one), await status(two)];
    expect(first.pid).not.toBe(second.pid);
    expect(first.socketDirectory).not.toBe(second.socketDirectory);
  });

  it("works where the home's path is long, has spaces and other scripts, or is closed to the server's user", async () => {
    const made = sandbox();
    const closed = path.join(made.directory, "closed");
    fs.mkdirSync(closed, { mode: 0o700 });
    for (const home of [
      path.join(made.directory, "x".repeat(110)),
      path.join(made.directory, "mit Ümläut 数据"),
      path.join(closed, "home"),
    ]) {
      const env = { LEASH_HOME: home };
      const started = await made.leash(["start"], { env });
      expect(started, started.stderr).toMatchObject({ exitCode: 0 });
      const { socketDirectory, dataDirectory } = JSON.parse((await made.leash(["status", "--json"], { env })).stdout);
      expect(Buffer.byteLength(path.join(socketDirectory, ".s.PGSQL.5432"))).toBeLessThanOrEqual(107);
      await made.leash(["stop"], { env });
      if (!dataDirectory.startsWith(home)) fs.rmSync(path.dirname(dataDirectory), { recursive: true });
      if (!socketDirectory.startsWith(home)) fs.rmSync(socketDirectory, { recursive: true, force: true });
    }
  });

  it("works under a umask that closes everything", async () => {
    const made = sandbox();
    const home = path.join(made.directory, "deep/down/home");
    const env = { ...made.env, LEASH_HOME: home };
    const command = `umask 077 && exec '${process.execPath}' '${cli}' start`;
    const started = await execa("sh", ["-c", command], { env, extendEnv: false, reject: false, stdin: "ignore" });
    expect(started.exitCode, started.stderr).toBe(0);
    const { dataDirectory } = JSON.parse(
      (await made.leash(["status", "--json"], { env: { LEASH_HOME: home } })).stdout,
    );
    await made.leash(["stop"], { env: { LEASH_HOME: home } });
    if (!dataDirectory.startsWith(home)) fs.rmSync(path.dirname(dataDirectory), { recursive: true });
  });

  it("moves away from a socket folder that somebody else sits on", async () => {
    const made = sandbox();
    await made.leash(["start"]);
    const { socketDirectory } = await status(made);
    await made.leash(["stop"]);
    fs.rmSync(socketDirectory, { recursive: true });
    fs.mkdirSync(socketDirectory, { mode: 0o777 });
    fs.chmodSync(socketDirectory, 0o777);
    expect((await made.leash(["start"])).exitCode).toBe(0);
    expect((await status(made)).socketDirectory).not.toBe(socketDirectory);
    fs.rmSync((await status(made)).socketDirectory.startsWith("/tmp/leash-") ? socketDirectory : made.directory, {
      recursive: true,
      force: true,
    });
  });

  it("says so when another server holds its socket", async () => {
    const [one, two] = [sandbox(), sandbox()];
    await one.leash(["start"]);
    await two.leash(["start"]);
    await one.leash(["stop"]);
    const [own, other] = [await status(one), await status(two)];
    const lock = (directory: string) => path.join(directory, ".s.PGSQL.5432.lock");
    fs.copyFileSync(lock(other.socketDirectory), lock(own.socketDirectory));
    const { uid, gid } = fs.statSync(own.socketDirectory);
    fs.chownSync(lock(own.socketDirectory), uid, gid);
    const refused = await one.leash(["start"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/\[server\/socket-taken\]/);
    fs.rmSync(lock(own.socketDirectory));
    expect((await one.leash(["start"])).exitCode).toBe(0);
  });

  it("stays stopped, also when it was stopped while the agent was only starting", async () => {
    const made = sandbox();
    for (let round = 0; round < 2; round++) {
      expect((await made.leash(["start"])).exitCode).toBe(0);
      expect((await made.leash(["stop"])).exitCode).toBe(0);
    }
    const env = { ...made.env, LEASH_AGENT_AFTER_STOP: "of a start before that stop" };
    const late = await execa(process.execPath, [path.join(root, "dist/agent/main.js")], {
      env,
      extendEnv: false,
      reject: false,
      timeout: 10_000,
    });
    expect(late.exitCode, late.stderr).toBe(0);
    expect((await status(made)).running).toBe(false);
  });

  it("does not take a listener that is no server of its own for one", async () => {
    const made = sandbox();
    await made.leash(["start"]);
    const { socketDirectory } = await status(made);
    await made.leash(["stop"]);
    const socket = path.join(socketDirectory, ".s.PGSQL.5432");
    const impostor = net.createServer((connection) => connection.destroy()).listen(socket);
    await new Promise((resolve) => impostor.once("listening", resolve));
    expect((await made.leash(["start"])).exitCode).toBe(0);
    impostor.close();
  });

  it.skipIf(!findInstalledPostgres())("refuses data of another major version and leaves it as it is", async () => {
    const made = sandbox();
    const app = made.app("notes", flaskApp);
    const bin = findInstalledPostgres()!;
    const old = { LEASH_POSTGRES_BIN: bin };
    expect((await made.leash(["deploy", "--choice", "create"], { cwd: app, env: old })).exitCode).toBe(0);
    expect((await status(made)).major).toBe(15);
    await made.leash(["stop"]);
    const refused = await made.leash(["start"]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toMatch(/PostgreSQL 15.*18[\s\S]*LEASH_POSTGRES_BIN[\s\S]*\[server\/major-mismatch\]/);
    expect((await made.leash(["doctor"])).exitCode).toBe(1);
    const again = await made.leash(sql("show server_version_num"), { cwd: app, env: old });
    expect(again.stdout).toMatch(/^15/);
  });

  it("ends what a killed leash left making the cluster, before it makes another one", async () => {
    const made = sandbox();
    const child = execa(process.execPath, [cli, "start"], { env: made.env, extendEnv: false, reject: false });
    const isOurs = ({ command }: LivingProcess) => command.includes(` --pgdata ${made.home}/postgres/data.`);
    const left = await until(() => listProcesses().find(isOurs), 30_000, "initdb");
    child.kill("SIGKILL");
    await child;
    // It would take its time: what it writes is still there when the next one looks.
    process.kill(left.pid, "SIGSTOP");
    const started = await made.leash(["start"]);
    expect(started, started.stderr).toMatchObject({ exitCode: 0 });
    expect(listProcesses().filter(isOurs)).toEqual([]);
  });

  it("is not hurt when leash itself is killed while it makes the cluster", async () => {
    const made = sandbox();
    for (const afterMs of [120, 250, 400, 600, 800, 1000]) {
      const child = execa(process.execPath, [cli, "start"], {
        env: made.env,
        extendEnv: false,
        reject: false,
        stdin: "ignore",
      });
      await sleep(afterMs);
      child.kill("SIGKILL");
      await child;
    }
    const started = await made.leash(["start"]);
    expect(started, started.stderr).toMatchObject({ exitCode: 0 });
    expect(fs.readdirSync(path.join(made.home, "postgres")).sort()).toEqual([
      "data",
      "installs",
      "log",
      "run",
      "start.log",
    ]);
    expect(fs.readdirSync(path.join(made.home, "postgres/installs"))).toHaveLength(1);
  });
});
