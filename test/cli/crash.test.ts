import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli, createSandbox, expressApp, type Sandbox, sql } from "../support/sandbox";

describe("a deploy that is killed", () => {
  let sandbox: Sandbox;
  let durationMs: number;
  beforeAll(async () => {
    sandbox = createSandbox();
    await sandbox.leash(["start"]);
    const durations: number[] = [];
    for (const name of ["measure-1", "measure-2", "measure-3"]) {
      const cwd = sandbox.app(name, expressApp);
      const begin = performance.now();
      await sandbox.leash(["deploy", "--choice", "create", "--app", name], { cwd });
      durations.push(performance.now() - begin);
    }
    durationMs = Math.min(...durations);
  });
  afterAll(() => sandbox.dispose());

  it("is completed by the next one, whenever it was killed", async () => {
    let interrupted = 0;
    for (let point = 1; interrupted < 10 && point <= 40; point++) {
      const name = `killed-${point}`;
      const cwd = sandbox.app(name, expressApp);
      const args = ["deploy", "--choice", "create", "--app", name];
      const child = execa(process.execPath, [cli, ...args], {
        cwd,
        env: sandbox.env,
        extendEnv: false,
        reject: false,
        stdin: "ignore",
      });
      await sleep((durationMs * ((interrupted % 10) + 0.5)) / 10);
      child.kill("SIGKILL");
      if ((await child).signal === "SIGKILL") interrupted++;
      else durationMs *= 0.9; // the machine is quicker than it was when this was measured

      const next = await sandbox.leash(args, { cwd });
      expect(next, next.stderr).toMatchObject({ exitCode: 0 });
      const row = await sandbox.leash(sql("create table t as select 1 as one; select one from t"), { cwd });
      expect(row, row.stderr).toMatchObject({ exitCode: 0 });
      const info = JSON.parse((await sandbox.leash(["db", "info", "--json"], { cwd })).stdout);
      expect(info.differences).toEqual([]);
    }
    expect(interrupted).toBe(10);
    expect((await sandbox.leash(["doctor"])).exitCode).toBe(0);
  });

  it("is completed without a question by the next one, when it had begun to create", async () => {
    const cwd = sandbox.app("resumed", expressApp);
    await sandbox.leash(["deploy", "--choice", "create", "--app", "resumed"], { cwd });
    const { readdirSync, readFileSync, writeFileSync } = await import("node:fs");
    const folder = `${sandbox.home}/apps`;
    const file = readdirSync(folder)
      .map((f) => `${folder}/${f}`)
      .find((f) => readFileSync(f, "utf8").includes('"resumed"'))!;
    writeFileSync(file, readFileSync(file, "utf8").replace('"ready"', '"creating"'));
    expect((await sandbox.leash(["doctor"])).stdout).toMatch(/app resumed: its database is half made/);
    expect(await sandbox.leash(["deploy"], { cwd })).toMatchObject({ exitCode: 0 });
  });

  it("leaves nothing behind when a destroy was killed and is repeated", async () => {
    for (let point = 1; point <= 4; point++) {
      const name = `dropped-${point}`;
      const cwd = sandbox.app(name, expressApp);
      await sandbox.leash(["deploy", "--choice", "create", "--app", name], { cwd });
      const child = execa(process.execPath, [cli, "db", "destroy", "--yes"], {
        cwd,
        env: sandbox.env,
        extendEnv: false,
        reject: false,
        stdin: "ignore",
      });
      await sleep((durationMs * point) / 4);
      child.kill("SIGKILL");
      await child;
      expect(await sandbox.leash(["db", "destroy", "--yes"], { cwd })).toMatchObject({ exitCode: 0 });
      expect((await sandbox.leash(["db", "url"], { cwd })).stderr).toMatch(/\[db\/none\]/);
      expect(await sandbox.leash(["deploy", "--choice", "create"], { cwd })).toMatchObject({ exitCode: 0 });
    }
  });
});
