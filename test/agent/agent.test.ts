import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { commandOf } from "../../src/platform/processes";
import { until } from "../support/guard";
import { createSandbox, type Sandbox, sql } from "../support/sandbox";

const second = 1_000;

describe("the agent", () => {
  let sandbox: Sandbox;
  let cwd: string;
  beforeEach(async () => {
    sandbox = createSandbox();
    cwd = sandbox.app("notes", { "package.json": '{"name":"notes","dependencies":{"pg":"8"}}' });
    expect((await sandbox.leash(["deploy", "--choice", "create"], { cwd })).exitCode).toBe(0);
    await until(running, 10 * second, "the agent");
  });
  afterEach(() => sandbox?.dispose());

  const pid = () => JSON.parse(fs.readFileSync(path.join(sandbox.home, "agent.json"), "utf8")).pid as number;
  const lives = (process: number) => commandOf(process)?.startsWith("leash-agent") === true;
  const running = async () => {
    if (!fs.existsSync(path.join(sandbox.home, "agent.json")) || !lives(pid())) return undefined;
    return (await metrics().catch(() => undefined)) && pid();
  };
  const metrics = () =>
    new Promise<string>((resolve, reject) => {
      const request = http.get({ socketPath: path.join(sandbox.home, "agent.sock"), path: "/metrics" }, (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => resolve(text));
      });
      request.on("error", reject);
    });
  const log = () =>
    fs
      .readFileSync(path.join(sandbox.home, "agent.log"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  it("serves what it sees as metrics, on a socket that is its user's own", async () => {
    expect(fs.statSync(path.join(sandbox.home, "agent.sock")).mode & 0o777).toBe(0o600);
    const text = await until(
      async () => ((await metrics()).includes("leash_app_storage_bytes{") ? metrics() : undefined),
      15 * second,
      "a size",
    );
    expect(text).toMatch(/^leash_apps 1$/m);
    expect(text).toMatch(/^leash_app_connections_limit\{app="app_\w+"\} 10$/m);
    expect(text).toMatch(/^leash_app_standing\{app="app_\w+",standing="open"\} 1$/m);
    expect(text).not.toContain("notes");
  });

  it("logs each action as a line of its own, with the app's id and no password", async () => {
    const hoard = "SELECT count(pg_advisory_lock(n)), pg_sleep(20) FROM generate_series(1, 3000) n";
    expect((await sandbox.leash(sql(hoard), { cwd })).exitCode).not.toBe(0);
    expect(log()).toContainEqual(
      expect.objectContaining({
        level: "warn",
        event: "locks-ended",
        app: expect.stringMatching(/^app_/),
        locks: expect.any(Number),
      }),
    );
    expect(await metrics()).toMatch(/^leash_guard_events_total\{kind="locks-ended",app="app_\w+"\} 1$/m);
    const [app] = fs.readdirSync(path.join(sandbox.home, "apps"));
    const { password } = JSON.parse(fs.readFileSync(path.join(sandbox.home, "apps", app!), "utf8")).database;
    expect(fs.readFileSync(path.join(sandbox.home, "agent.log"), "utf8")).not.toContain(password);
  });

  it("starts the server again when it dies, and guards on", async () => {
    const status = async () => JSON.parse((await sandbox.leash(["status", "--json"])).stdout);
    const before = (await status()).pid;
    process.kill(before, "SIGKILL");
    await until(
      async () => {
        const { running: runs, pid: now } = await status();
        return runs && now !== before ? true : undefined;
      },
      20 * second,
      "another server",
    );
    expect((await sandbox.leash(sql("SELECT 1"), { cwd })).exitCode).toBe(0);
    const looks = async () => Number(/^leash_guard_look_seconds_count (\d+)$/m.exec(await metrics())![1]);
    const seen = await looks();
    await until(async () => ((await looks()) > seen ? true : undefined), 10 * second, "another look");
  });

  it("is started again by the next command when it was killed", async () => {
    const before = pid();
    process.kill(before, "SIGKILL");
    expect((await sandbox.leash(sql("SELECT 1"), { cwd })).exitCode).toBe(0);
    await until(async () => ((await running()) && pid() !== before ? true : undefined), 10 * second, "another agent");
  });

  it("is started again beside a command that runs on", async () => {
    const command = sandbox.leash(["run", "--", process.execPath, "-e", "setTimeout(() => {}, 15000)"], { cwd });
    const before = pid();
    process.kill(before, "SIGKILL");
    await until(async () => ((await running()) && pid() !== before ? true : undefined), 12 * second, "another agent");
    await command;
  });

  it("is one, however many commands want it at once", async () => {
    process.kill(pid(), "SIGKILL");
    await Promise.all(Array.from({ length: 4 }, () => sandbox.leash(["start"])));
    const one = await until(running, 10 * second, "the agent");
    const home = (process: string) => {
      try {
        return fs.readFileSync(`/proc/${process}/environ`, "utf8").includes(`LEASH_HOME=${sandbox.home}`);
      } catch {
        return false;
      }
    };
    const agents = () =>
      fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name) && lives(Number(name)) && home(name));
    await until(() => (agents().length === 1 ? true : undefined), 5 * second, "one agent");
    expect(agents()).toEqual([String(one)]);
  });

  it("ends with `leash stop`, and when its home is gone", async () => {
    const first = pid();
    expect((await sandbox.leash(["stop"])).exitCode).toBe(0);
    expect(lives(first)).toBe(false);
    await sandbox.leash(["start"]);
    const later = (await until(running, 10 * second, "the agent")) as number;
    expect(later).not.toBe(first);
    const moved = `${sandbox.home}-moved`;
    fs.renameSync(sandbox.home, moved);
    await until(() => (lives(later) ? undefined : true), 10 * second, "its end");
    fs.renameSync(moved, sandbox.home);
  });
});
