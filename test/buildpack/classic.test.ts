import fs from "node:fs";
import path from "node:path";
import { execaSync } from "execa";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createSandbox, root } from "../support/sandbox";

const bin = (name: string) => path.join(root, "dist/buildpack/app-database/bin", name);
const notes = { "package.json": JSON.stringify({ name: "notes", dependencies: { pg: "8" } }) };
const perhaps = { "package.json": JSON.stringify({ dependencies: { prisma: "6" } }) };
const uri = "postgresql://app_k7:it's%20secret@localhost/app_k7?host=/run/leash";

describe("the buildpack on platforms of the classic kind", () => {
  const sandbox = createSandbox();
  afterAll(() => sandbox.dispose());
  let count = 0;
  const folder = (files: Record<string, string>) => sandbox.app(`classic-${count++}`, files);
  const run = (name: string, ...args: string[]) =>
    execaSync(bin(name), args, { env: { PATH: process.env.PATH! }, extendEnv: false, reject: false, cwd: "/" });

  /** Compiles, and starts as the platform does: it sources what stands in .profile.d. */
  function start(app: string, env: Record<string, string>, variables: Record<string, string> = {}) {
    const compiled = run("compile", app, folder({}), folder(variables));
    expect(compiled.exitCode, compiled.stderr).toBe(0);
    const script = 'for file in .profile.d/*.sh; do . "$file"; done; printf %s "$DATABASE_URL|$PGPASSWORD"';
    const { stdout } = execaSync("bash", ["-c", script], {
      ...{ cwd: app, env: { HOME: app, PATH: process.env.PATH!, ...env }, extendEnv: false, stdin: "ignore" },
    });
    return { stdout, said: compiled.stdout };
  }

  it("names itself for an app that uses a database, and for no other", () => {
    expect(run("detect", folder(notes))).toMatchObject({ exitCode: 0, stdout: "Leash Databases" });
    expect(run("detect", folder(perhaps)).exitCode).toBe(0);
    expect(run("detect", folder({ "index.html": "" })).exitCode).toBe(1);
    expect(run("detect", folder({ ...notes, "leash.json": '{"database":"skip"}' }))).toMatchObject({
      exitCode: 1,
      stdout: "",
    });
    expect(run("detect", "/nowhere")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("[buildpack/no-folder]"),
    });
  });

  it("gives the app its variables when it starts, and leaves those that are set", () => {
    const bindings = path.dirname(folder({}));
    const binding = path.join(bindings, "db");
    fs.mkdirSync(binding);
    fs.writeFileSync(path.join(binding, "type"), "postgresql");
    fs.writeFileSync(path.join(binding, "uri"), uri);
    const app = folder(notes);
    expect(start(app, { SERVICE_BINDING_ROOT: bindings }).stdout).toBe(`${uri}|it's secret`);
    expect(start(app, { SERVICE_BINDING_ROOT: bindings, DATABASE_URL: "mine" }).stdout).toBe("mine|");
    expect(start(app, {}).stdout).toBe("|");
  });

  it("asks for an add-on only where the app surely uses the service and has no URL yet", () => {
    const addons = (app: string) => (parse(run("release", app).stdout) as { addons: string[] }).addons;
    const app = folder(notes);
    expect(addons(app)).toEqual([]);
    start(app, {});
    expect(addons(app)).toEqual(["leash-postgresql"]);
    start(app, {}, { DATABASE_URL: "postgresql://mine" });
    expect(addons(app)).toEqual([]);
    const maybe = folder(perhaps);
    start(maybe, {});
    expect(addons(maybe)).toEqual([]);
  });

  it("does nothing for an app that it does not concern, and says so", () => {
    const app = folder({ "index.html": "" });
    const compiled = run("compile", app, folder({}), folder({}));
    expect(compiled).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("[detect/no-manifest]") });
    expect(fs.readdirSync(app)).toEqual(["index.html"]);
    const out = folder(notes);
    expect(run("compile", out, folder({}), folder({ LEASH_DATABASE: "skip" })).stdout).toContain(
      'LEASH_DATABASE says "skip".',
    );
    expect(fs.readdirSync(out)).toEqual(["package.json"]);
  });
});
