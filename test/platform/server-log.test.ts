import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cutServerLog } from "../../src/platform/server-log";
import { serverPaths } from "../../src/platform/server-record";
import { type RealServer, startRealServer } from "../support/tenancy-server";

const most = 64 * 1024;

describe("the server's log", () => {
  let server: RealServer;
  let folder: string;
  beforeAll(async () => {
    server = await startRealServer(undefined);
    folder = serverPaths(server.record).log;
  });
  afterAll(() => server?.dispose());

  const refusedLogin = () => server.login("x".repeat(63), "wrong", "y".repeat(63)).catch(() => {});
  const log = () => path.join(folder, fs.readdirSync(folder).find((name) => /^postgresql-.*\.log$/.test(name))!);

  it("is emptied once logins that were refused have filled it, and goes on", async () => {
    while (fs.statSync(log()).size <= most) await Promise.all(Array.from({ length: 20 }, refusedLogin));
    expect(cutServerLog(folder, most)).toEqual([path.basename(log())]);
    await refusedLogin();
    const text = fs.readFileSync(log(), "utf8");
    expect(text).toContain("rejects connection");
    expect(text.length).toBeLessThan(most / 2);
    expect(cutServerLog(folder, most)).toEqual([]);
  });

  it("leads to nothing else: links are left alone", () => {
    const precious = path.join(server.sandbox.directory, "precious");
    fs.writeFileSync(precious, "x".repeat(most + 1));
    fs.symlinkSync(precious, path.join(folder, "postgresql-Soft.log"));
    fs.linkSync(precious, path.join(folder, "postgresql-Hard.log"));
    fs.mkdirSync(path.join(folder, "postgresql-Folder.log"));
    expect(cutServerLog(folder, most)).toEqual([]);
    expect(fs.statSync(precious).size).toBe(most + 1);
  });
});
