import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createSandbox } from "../support/sandbox";

describe("a workspace of several apps", () => {
  const sandbox = createSandbox();
  afterAll(() => sandbox.dispose());
  const api = JSON.stringify({ name: "api", dependencies: { express: "5", pg: "8" } });
  const web = JSON.stringify({ name: "web", dependencies: { next: "15" } });
  const members = { "apps/api/package.json": api, "apps/web/package.json": web, "packages/x/package.json": "{}" };

  it("has its apps listed from its root, and deployed by their folders", async () => {
    const root = JSON.stringify({ name: "all", private: true, workspaces: ["apps/*", "packages/*"] });
    const cwd = sandbox.app("all", { "package.json": root, ...members });
    const listed = await sandbox.leash(["detect"], { cwd });
    expect(listed.stdout).toContain("    apps/api  express (node) — PostgreSQL\n    apps/web  next (node)\n");
    const { apps } = JSON.parse((await sandbox.leash(["detect", "--json"], { cwd })).stdout);
    expect(apps).toMatchObject([
      { path: "apps/api", services: [{ service: "postgresql", verdict: "uses" }] },
      { path: "apps/web" },
    ]);
    const deployed = await sandbox.leash(["deploy"], { cwd });
    // The root is no server: whoever deploys it deploys what is in it.
    expect(deployed.stdout).toContain("⚠ Your app uses PostgreSQL (pg)");
    expect(deployed.exitCode).toBe(2);
    expect(deployed.stderr).toContain("deployed by their own folders: apps/api.");
    const one = await sandbox.leash(["deploy", "--choice", "create"], { cwd: path.join(cwd, "apps/api") });
    expect(one.stdout, one.stderr).toContain("✓ Database created");
  });

  it("has its apps named where its root is no app", async () => {
    const cwd = sandbox.app("none", { "pnpm-workspace.yaml": "packages: [apps/*]", ...members });
    for (const command of ["detect", "deploy"]) {
      const { exitCode, stderr } = await sandbox.leash([command], { cwd });
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining("name one of its apps: apps/api, apps/web.")]);
    }
  });
});
