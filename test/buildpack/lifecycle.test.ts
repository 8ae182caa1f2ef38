import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingTool } from "../support/go-tools";
import { createLifecycleGround, type LifecycleGround } from "../support/lifecycle";

const notes = { "package.json": JSON.stringify({ name: "notes", dependencies: { pg: "8" } }) };
const plain = { "package.json": JSON.stringify({ name: "plain", dependencies: { express: "5" } }) };
const uri = "postgresql://app_k7:of-the-binding@localhost/app_k7?host=/run/leash";
const bindings = { db: { type: "postgresql", provider: "leash", uri } };
const layer = "leash_app-database/service-bindings";

describe.skipIf(missingTool("lifecycle"))("the buildpack in the real lifecycle", () => {
  let ground: LifecycleGround;
  beforeAll(async () => {
    ground = await createLifecycleGround();
  }, 900_000);
  afterAll(() => ground?.dispose());

  const isAttached = () => ground.read("group.toml").includes("leash/app-database");
  const seen = async (env: Record<string, string> = {}, given: Record<string, Record<string, string>> = bindings) => {
    const { stdout, stderr, exitCode } = await ground.launch(
      { bindings: given, env },
      "sh",
      "-c",
      'echo "$DATABASE_URL|$PGHOST"',
    );
    expect(exitCode, stderr).toBe(0);
    return stdout;
  };

  it("gives an app that uses PostgreSQL its DATABASE_URL at launch, and never over the user's", async () => {
    const built = await ground.build(notes);
    expect(built.exitCode, built.output).toBe(0);
    expect(isAttached()).toBe(true);
    expect(built.output).toContain("At launch DATABASE_URL comes from a service binding of type postgresql");
    expect(await seen()).toBe(`${uri}|/run/leash`);
    expect(await seen({ DATABASE_URL: "postgresql://mine" })).toBe("postgresql://mine|");
    expect(await seen({}, {})).toBe("|");
    // Others' bindings say nothing to it.
    expect(await seen({}, { queue: { type: "kafka", uri: "kafka://q" } })).toBe("|");
  });

  it("plans, labels, and keeps nothing secret in what becomes the image", async () => {
    const secret = "postgresql://u:only-for-the-build@db/d";
    const built = await ground.build(notes, { platform: { DATABASE_URL: secret } });
    expect(built.exitCode, built.output).toBe(0);
    expect(built.output).not.toContain("only-for-the-build");
    expect(ground.read("plan.toml")).toContain('name = "leash-databases"');
    expect(ground.read("config/metadata.toml")).toMatch(/key = "com.leash-databases.postgresql"\s+value = "uses pg"/);
    for (const file of fs.readdirSync(path.join(ground.directory, "layers"), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (!file.isFile()) continue;
      expect(fs.readFileSync(path.join(file.parentPath, file.name), "utf8")).not.toContain("only-for-the-build");
    }
  });

  it("uses the layer of the last build again, and makes another where the app has changed", async () => {
    await ground.build(notes);
    const first = ground.read(`${layer}.toml`);
    const again = await ground.build(notes);
    expect(again.output).toContain("Takes the layer of the last build.");
    // No files: the platform takes those of the last image.
    expect([ground.read(`${layer}.toml`), ground.exists(layer)]).toEqual([first, false]);
    const more = JSON.stringify({ name: "notes", dependencies: { pg: "8", redis: "5" } });
    const changed = await ground.build({ "package.json": more });
    expect(changed.output).not.toContain("Takes the layer");
    expect(ground.read(`${layer}/services`)).toContain("redis url REDIS_URL\n");
    expect(ground.read(`${layer}.toml`)).not.toBe(first);
  });

  it("makes the same layer of the same app, wherever and whenever", async () => {
    const other = await createLifecycleGround();
    try {
      const made = async (one: LifecycleGround) => {
        fs.rmSync(path.join(one.directory, "layers"), { recursive: true, force: true });
        await one.build(notes);
        const program = fs.statSync(path.join(one.directory, "layers", layer, "exec.d/leash-databases"));
        return [
          one.read(`${layer}.toml`),
          one.read(`${layer}/services`),
          one.read(`${layer}/exec.d/leash-databases`),
          program.mode,
        ];
      };
      expect(await made(other)).toEqual(await made(ground));
    } finally {
      other.dispose();
    }
  });

  it.each([
    ["that uses no database", plain, {}, "The app's manifests name no database."],
    ["without manifests", { "index.html": "<p>hello</p>" }, {}, "[detect/no-manifest]"],
    ["whose manifest is broken", { "package.json": "{" }, {}, "[detect/broken-manifest]"],
    ["that opts out", { ...notes, "leash.json": '{ "database": "skip" }' }, {}, 'leash.json says "skip".'],
    ["whose platform opts out", notes, { LEASH_DATABASE: "skip" }, 'LEASH_DATABASE says "skip".'],
    ["whose settings are wrong", { ...notes, "leash.json": '{ "database": "never" }' }, {}, "[settings/bad-answer]"],
  ])("passes an app by %s", async (_, app, platform, reason) => {
    const built = await ground.build(app, { platform });
    expect(built.exitCode, built.output).toBe(0);
    expect(isAttached()).toBe(false);
    const alone = await ground.build(app, { platform, group: ["leash/app-database"] });
    expect(alone.exitCode).not.toBe(0);
    expect(alone.output).toContain(reason);
  });

  it("takes what may use a database too: without a binding nothing comes of it", async () => {
    const built = await ground.build({ "package.json": JSON.stringify({ dependencies: { prisma: "6" } }) });
    expect(built.exitCode, built.output).toBe(0);
    expect([isAttached(), await seen({}, {})]).toEqual([true, "|"]);
  });

  it("says that it needs Node, and fails no build for it", async () => {
    const searchPath = path.join(ground.directory, "without-node");
    fs.mkdirSync(searchPath);
    for (const name of ["sh", "dirname", "cat"])
      fs.symlinkSync(path.join("/usr/bin", name), path.join(searchPath, name));
    const built = await ground.build(notes, { searchPath });
    expect(built.exitCode, built.output).toBe(0);
    expect(isAttached()).toBe(false);
    const alone = await ground.build(notes, { searchPath, group: ["leash/app-database"] });
    expect(alone.output).toContain("there is no node in the image that builds");
    const named = await ground.build(notes, { searchPath, platform: { LEASH_NODE: process.execPath } });
    expect([named.exitCode, isAttached()], named.output).toEqual([0, true]);
  });
});
