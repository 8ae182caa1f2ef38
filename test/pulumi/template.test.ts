import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingDocker } from "../support/docker";
import { inlineStack, missingEngine } from "../support/pulumi";
import { root } from "../support/sandbox";

describe.skipIf(missingEngine)("projects of one's own", () => {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "leash-template-")));
  const environment = {
    PULUMI_BACKEND_URL: `file://${directory}`,
    PULUMI_CONFIG_PASSPHRASE: "a passphrase of the tests",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  beforeAll(async () => {
    await execa("npm", ["pack", "--ignore-scripts", "--pack-destination", directory], { cwd: root });
    const tarball = fs.readdirSync(directory).find((name) => name.endsWith(".tgz"))!;
    await execa("tar", ["-xzf", tarball], { cwd: directory });
  });
  afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

  /** As `npm install` would leave it: the packed package, and the packages that this repository has. */
  const install = (project: string, without?: string) => {
    const modules = path.join(project, "node_modules");
    fs.mkdirSync(modules);
    for (const name of fs.readdirSync(path.join(root, "node_modules"))) {
      if (!name.startsWith(".") && name !== without)
        fs.symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
    }
    fs.cpSync(path.join(directory, "package"), path.join(modules, "leash-databases"), { recursive: true });
  };
  const run = async (project: string, command: string, ...args: string[]) => {
    const { exitCode, all } = await execa(command, args, { cwd: project, env: environment, all: true, reject: false });
    expect(exitCode, all).toBe(0);
    return all;
  };
  const typeCheck = (project: string) =>
    run(project, process.execPath, path.join(root, "node_modules/typescript/bin/tsc"), "-p", ".");

  it("begin with `pulumi new`, type-check against the package, and preview", async () => {
    const platform = await inlineStack(
      { directory, environment },
      {
        stackName: "dev",
        projectName: "platform",
        program: async () => ({
          server: pulumi.secret({ host: "127.0.0.1", port: 1, username: "admin", password: "hunter2" }),
        }),
      },
    );
    await platform.up();
    const project = path.join(directory, "notes");
    fs.mkdirSync(project);
    const words = ["--generate-only", "--yes", "--name", "notes", "--description", "Notes"];
    await run(project, "pulumi", "new", path.join(root, "templates/leash-app"), ...words);
    expect(JSON.parse(fs.readFileSync(path.join(project, "package.json"), "utf8")).name).toBe("notes");
    expect(fs.readFileSync(path.join(project, "Pulumi.yaml"), "utf8")).not.toMatch(/\$\{|^template:/m);
    install(project);
    await typeCheck(project);

    await run(project, "pulumi", "stack", "init", "dev", "--non-interactive");
    for (const setting of ["platform=organization/platform/dev", "plan=pro", "driver=pg,drizzle"]) {
      await run(project, "pulumi", "config", "set", ...setting.split("="));
    }
    const previewed = await run(project, "pulumi", "preview", "--non-interactive");
    expect(previewed).toContain("leash:index:LeashAppDatabase");
    expect(previewed).toMatch(/\+ \d\d to create/);
    expect(previewed).not.toContain("hunter2");
  });

  // The provider asks the daemon, also for a preview.
  it.skipIf(missingDocker)("have a platform to begin with: the example type-checks and previews", async () => {
    const project = path.join(directory, "platform");
    fs.cpSync(path.join(root, "examples/platform"), project, {
      recursive: true,
      filter: (file) => !file.includes("node_modules"),
    });
    install(project);
    await typeCheck(project);
    await run(project, "pulumi", "stack", "init", "example", "--non-interactive");
    const previewed = await run(project, "pulumi", "preview", "--non-interactive");
    expect(previewed).toContain("leash:index:LeashPostgres");
    expect(previewed).toContain("leash:index:LeashBackup");
    expect(previewed).toMatch(/server *: \[(?:secret|unknown)\]/);
  });

  it("are written as docs/compose.md shows: each program type-checks, and the one without a server previews", async () => {
    const project = path.join(directory, "composed");
    fs.cpSync(path.join(root, "templates/leash-app"), project, { recursive: true });
    fs.writeFileSync(path.join(project, "Pulumi.yaml"), "name: composed\nruntime: nodejs\n");
    fs.writeFileSync(path.join(project, "package.json"), '{"name":"composed","private":true}');
    install(project);
    const page = fs.readFileSync(path.join(root, "docs/compose.md"), "utf8");
    const programs = [...page.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, program]) => program!);
    expect(programs).toHaveLength(3);
    for (const program of programs.reverse()) {
      fs.writeFileSync(path.join(project, "index.ts"), program);
      await typeCheck(project);
    }
    await run(project, "pulumi", "stack", "init", "composed", "--non-interactive");
    const previewed = await run(project, "pulumi", "preview", "--non-interactive");
    for (const made of [
      "LeashPostgres postgres",
      "LeashAppDatabase notes",
      "LeashAppDatabase shop",
      "Container shop",
    ]) {
      expect(previewed).toContain(made);
    }
  });

  it("are told what to install where leash is without Pulumi's packages", async () => {
    const project = path.join(directory, "bare");
    fs.mkdirSync(project);
    fs.writeFileSync(path.join(project, "package.json"), '{"name":"bare","dependencies":{"pg":"8"}}');
    install(project, "@pulumi");
    const leash = path.join(project, "node_modules/leash-databases/bin/leash.js");
    const env = { ...environment, LEASH_HOME: path.join(project, "home"), LEASH_SERVER: "a/b/c" };
    const options = { cwd: project, env, reject: false } as const;
    const words = ["deploy", "--target", "pulumi", "--choice", "create"];
    const { exitCode, stderr } = await execa(process.execPath, [leash, ...words], options);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("npm install @pulumi/pulumi @pulumi/postgresql @pulumi/random");
    expect(stderr).toContain("[pulumi/no-packages]");
  });
});
