import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LeashPostgres } from "../../pulumi/index";
import { installNodePackages } from "../matrix/toolchain";
import { buildImage, docker, missingDocker } from "../support/docker";
import { freePort } from "../support/free-port";
import { inlineStack } from "../support/pulumi";
import { root } from "../support/sandbox";
import { createDockerGround, type DockerGround, inContainer, queryIn } from "./docker-ground";
import { createProgramGround, type ProgramGround } from "./program-ground";

const wait = "require('node:http').createServer((_, answer) => answer.end('hello')).listen(process.env.PORT)";

describe.skipIf(missingDocker)("the ready-made program with an image", () => {
  let images: DockerGround;
  let ground: ProgramGround;
  let app: string;
  beforeAll(async () => {
    ground = createProgramGround();
    images = await createDockerGround();
    app = `${images.prefix}-web:1`;
    const context = path.join(ground.directory, "image");
    fs.mkdirSync(context);
    const command = JSON.stringify(["node", "-e", wait]);
    fs.writeFileSync(path.join(context, "Dockerfile"), `FROM ${images.images.app}\nCMD ${command}\n`);
    await docker("build", "--quiet", "--tag", app, context);
    const platform = await inlineStack(ground, {
      stackName: "dev",
      projectName: "platform",
      program: async () => {
        const postgres = new LeashPostgres(`${images.prefix}-platform`, {
          ...{ image: images.images.postgres15, guardImage: images.images.agent, port: images.port },
          ...{ memoryMb: 512, deletionProtection: false },
        });
        return { server: postgres.server };
      },
    });
    await platform.up();
  }, 600_000);
  afterAll(async () => {
    await images?.dispose();
    ground?.dispose();
  });

  const container = async (stack: string) =>
    (await docker("ps", "--format", "{{.Names}}"))
      .split("\n")
      .find((name) => name.startsWith(`${stack}-`) && !name.includes("bridge"))!;

  it.each([
    ["over the socket", "socket", { "package.json": '{"dependencies":{"pg":"8"}}' }],
    ["over a bridge, where its driver knows no sockets", "tcp", { "requirements.txt": "pg8000==1.31\n" }],
  ])(
    "runs the app with its database %s",
    async (_, kind, files) => {
      const stack = `${images.prefix}-${kind}`;
      const port = await freePort();
      const settings = {
        "leash:path": ground.app(kind, files),
        ...{ "leash:server": "organization/platform/dev", "leash:image": app, "leash:port": String(port) },
        ...{ "leash:bridgeImage": images.images.bridge, "leash:deletionProtection": "false" },
      };
      await ground.configure(stack, settings);
      const made = await ground.pulumi("up", "--yes", "--skip-preview", "-s", stack);
      expect(made.exitCode, made.output).toBe(0);
      const { databaseId, environment } = await ground.outputs<{
        databaseId: string;
        environment: Record<string, string>;
      }>(stack);
      expect(made.output).not.toContain(environment.PGPASSWORD);
      const name = await container(stack);
      expect(JSON.parse(await queryIn(name, "select current_user as who"))).toEqual([{ who: `${databaseId}_owner` }]);
      expect(await inContainer(name, "console.log(process.env.DATABASE_URL)")).toMatch(
        kind === "tcp" ? /@leash-\w+:15432\// : /host=\/run\/leash/,
      );
      expect((await execa("curl", ["-s", `http://127.0.0.1:${port}/`])).stdout).toBe("hello");
      const again = await ground.pulumi("preview", "--expect-no-changes", "-s", stack);
      expect(again.exitCode, again.output).toBe(0);
      const gone = await ground.pulumi("destroy", "--yes", "--skip-preview", "-s", stack);
      expect(gone.exitCode, gone.output).toBe(0);
      expect(await container(stack)).toBeUndefined();
    },
    240_000,
  );

  it("runs an example as it is, which keeps what it has written through another plan, a new password and a new container", async () => {
    const folder = path.join(root, "examples/express-pg");
    const text = (file: string) => fs.readFileSync(path.join(folder, file), "utf8");
    const image = `${images.prefix}-express:1`;
    const modules = await installNodePackages(text("package.json"), text("package-lock.json"));
    await buildImage(image, `FROM ${images.images.app}\nCOPY . /srv\nCMD ["node", "/srv/server.js"]\n`, (context) => {
      for (const file of ["package.json", "server.js"])
        fs.copyFileSync(path.join(folder, file), path.join(context, file));
      fs.cpSync(modules, path.join(context, "node_modules"), { recursive: true });
    });
    const stack = `${images.prefix}-express`;
    const settings = { "leash:path": "examples/express-pg", "leash:image": image, "leash:deletionProtection": "false" };
    const up = async (more: Record<string, string>) => {
      await ground.configure(stack, { ...settings, "leash:server": "organization/platform/dev", ...more });
      const { exitCode, output } = await ground.pulumi("up", "--yes", "--skip-preview", "-s", stack);
      expect(exitCode, output).toBe(0);
      return container(stack);
    };
    const notes = (name: string, body?: string) =>
      inContainer(
        name,
        `const told = ${JSON.stringify({ method: "POST", headers: { "content-type": "application/json" }, body })};
         console.log(await (await fetch("http://127.0.0.1:3000/notes", ${body === undefined ? "{}" : "told"})).text());`,
      );
    const first = await up({});
    await expect.poll(() => notes(first), { timeout: 20_000 }).toBe("[]");
    expect(await notes(first, '{"body":"größer"}')).toBe('{"id":1,"body":"größer"}');
    const second = await up({ "leash:plan": "pro", "leash:rotate": "2" });
    expect(second).not.toBe(first);
    await expect.poll(() => notes(second), { timeout: 20_000 }).toBe('[{"id":1,"body":"größer"}]');
    const gone = await ground.pulumi("destroy", "--yes", "--skip-preview", "-s", stack);
    expect(gone.exitCode, gone.output).toBe(0);
  }, 240_000);
});
