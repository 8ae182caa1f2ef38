import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, missingDocker, removeLeftovers } from "../support/docker";
import { missingTool } from "../support/go-tools";
import { createPackGround, type PackGround } from "../support/pack";
import { createSandbox } from "../support/sandbox";

const notes = { "package.json": JSON.stringify({ name: "notes", dependencies: { pg: "8" } }) };
const uri = "postgresql://app_k7:of-the-binding@localhost/app_k7?host=/run/leash";

describe.skipIf(missingDocker ?? missingTool("lifecycle") ?? missingTool("pack"))(
  "the buildpack in an offline pack build",
  () => {
    const prefix = `leash-p${randomBytes(4).toString("hex")}`;
    const sandbox = createSandbox();
    let ground: PackGround;
    beforeAll(async () => {
      ground = await createPackGround(prefix);
    }, 900_000);
    afterAll(async () => {
      ground?.dispose();
      await sandbox.dispose();
      await removeLeftovers(prefix);
    }, 120_000);

    const start = (image: string, ...options: string[]) =>
      docker("run", "--rm", "--network", "none", ...options, image);
    const layersOf = async (image: string) =>
      JSON.parse(await docker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image)) as string[];

    it("makes an image that gets its DATABASE_URL when it starts, and holds no secret", async () => {
      const image = `${prefix}-notes:1`;
      const app = sandbox.app("notes", notes);
      const secret = "postgresql://u:only-for-the-build@db/d";
      const built = await ground.build(
        image,
        app,
        "--pre-buildpack",
        ground.buildpack,
        "--env",
        `DATABASE_URL=${secret}`,
      );
      expect(built.exitCode, built.output).toBe(0);
      const binding = sandbox.app("bindings", { "db/type": "postgresql\n", "db/uri": `${uri}\n` });
      fs.chmodSync(path.join(binding, "db"), 0o755);
      const bound = ["--volume", `${binding}:/bindings:ro`, "--env", "SERVICE_BINDING_ROOT=/bindings"];
      expect(await start(image, ...bound)).toBe(`${uri}|/run/leash`);
      expect(await start(image, ...bound, "--env", "DATABASE_URL=postgresql://mine")).toBe("postgresql://mine|");
      expect(await start(image)).toBe("|");
      const inspected = await docker("image", "inspect", image);
      expect(inspected).toContain('"com.leash-databases.postgresql": "uses pg"');
      expect(`${inspected}${await docker("history", "--no-trunc", image)}`).not.toContain("only-for-the-build");
      const files = await docker(
        "run",
        "--rm",
        "--entrypoint",
        "sh",
        image,
        "-c",
        "grep -rl only-for-the-build /layers /workspace || true",
      );
      expect(files).toBe("");
    }, 300_000);

    it("takes the layer of the last image again, and makes the same one anew", async () => {
      const app = sandbox.app("again", notes);
      const options = ["--pre-buildpack", ground.buildpack];
      const [image, other] = [`${prefix}-again:1`, `${prefix}-other:1`];
      await ground.build(image, app, ...options);
      const first = await layersOf(image);
      const again = await ground.build(image, app, ...options);
      expect(again.output).toContain("Takes the layer of the last build.");
      expect(await layersOf(image)).toEqual(first);
      await ground.build(other, app, ...options, "--clear-cache");
      expect(await layersOf(other)).toEqual(first);
    }, 300_000);

    it("fails no build of an app that it does not concern", async () => {
      const image = `${prefix}-plain:1`;
      const built = await ground.build(
        image,
        sandbox.app("plain", { "index.html": "" }),
        "--pre-buildpack",
        ground.buildpack,
      );
      expect(built.exitCode, built.output).toBe(0);
      expect(await docker("image", "inspect", image)).not.toContain("com.leash-databases");
    }, 300_000);
  },
);
