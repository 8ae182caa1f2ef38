import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingEngine } from "../support/pulumi";
import { requirement } from "../support/requirements";
import { root } from "../support/sandbox";
import { createPulumiGround, type PulumiGround, unprepare } from "./support";

const missingHost = (language: string) =>
  requirement(`Pulumi programs in ${language}`, () => {
    if (missingEngine) return missingEngine;
    const folders = (process.env.PATH ?? "").split(path.delimiter);
    const name = `pulumi-language-${language}`;
    return folders.some((folder) => fs.existsSync(path.join(folder, name))) ? undefined : name;
  });

describe("the schema for other languages", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "leash-schema-"));
  afterAll(() => fs.rmSync(folder, { recursive: true }));

  it("is the one that the components' types give, and so is the reference (npm run schema)", () => {
    execFileSync(process.execPath, [path.join(root, "scripts/schema.mjs"), folder]);
    const fresh = (file: string) => fs.readFileSync(path.join(folder, file), "utf8");
    const kept = (file: string) => fs.readFileSync(path.join(root, file), "utf8");
    expect(kept("pulumi/schema.json")).toBe(fresh("schema.json"));
    expect(kept("docs/components.md")).toBe(fresh("components.md"));
    const schema = JSON.parse(fresh("schema.json"));
    expect(Object.keys(schema.resources)).toContain("leash:index:LeashAppDatabase");
    for (const [name, { inputProperties, description }] of Object.entries<{
      inputProperties?: Record<string, { description?: string }>;
      description?: string;
    }>(schema.resources)) {
      expect(description, name).toBeTruthy();
      for (const [argument, { description: says }] of Object.entries(inputProperties ?? {})) {
        expect(says, `${name}.${argument}`).toMatch(/Example:/);
      }
    }
    for (const [name, { properties }] of Object.entries<{ properties: Record<string, { description?: string }> }>({
      ...schema.resources,
      ...schema.types,
    })) {
      for (const [field, { description }] of Object.entries(properties ?? {}))
        expect(description, `${name}.${field}`).toBeTruthy();
    }
    const reference = fresh("components.md");
    for (const name of ["attachDatabase", "createServerProvider"]) expect(reference).toContain(`## ${name}\n`);
    expect(reference).not.toMatch(/\|\s*\|$/m);
  });
});

const languages = [
  { language: "yaml", missing: missingHost("yaml") },
  { language: "python", missing: missingHost("python") },
];

for (const { language, missing } of languages) {
  describe.skipIf(missing)(`the example in ${language}`, () => {
    let ground: PulumiGround;
    let folder: string;
    const pulumi = (args: string[], input?: string) =>
      execa("pulumi", ["-C", folder, "--non-interactive", ...args], {
        env: { ...ground.project.environment, NO_COLOR: "1" },
        all: true,
        ...(input === undefined ? {} : { input }),
      });
    beforeAll(async () => {
      ground = await createPulumiGround(undefined);
      await unprepare(ground);
      folder = path.join(ground.project.directory, "program");
      fs.cpSync(path.join(root, `examples/pulumi-${language}`), folder, { recursive: true });
      const project = path.join(folder, "Pulumi.yaml");
      const plugin = path.join(root, "pulumi");
      fs.writeFileSync(project, fs.readFileSync(project, "utf8").replace("../../pulumi", plugin));
      await pulumi(["install"]);
      await pulumi(["stack", "init", "dev"]);
      await pulumi(["config", "set", "port", String(ground.door.port)]);
      await pulumi(["config", "set", "sslmode", "disable"]);
      await pulumi(["config", "set", "--secret", "password"], ground.server.record.password);
    });
    afterAll(() => ground?.dispose());

    it("makes the app's database, finds nothing to change after, and fails where it was dropped by hand", async () => {
      await pulumi(["up", "--yes", "--skip-preview"]);
      const shown = JSON.parse((await pulumi(["stack", "output", "--json"])).stdout);
      expect(shown.databaseUrl).toBe("[secret]");
      const { stdout } = await pulumi(["stack", "output", "--json", "--show-secrets"]);
      const { databaseId: id, databaseUrl: url } = JSON.parse(stdout) as Record<string, string>;
      const password = new URL(url!).password;
      expect(await ground.audit({ id: id!, url: url!, password })).toEqual([]);
      const session = await ground.server.login(id!, password);
      await session.query("create table notes (body text)");
      await session.end();

      const again = await pulumi(["up", "--yes", "--refresh"]);
      expect(again.all).toMatch(/Resources:\n\s+\d+ unchanged/);
      expect(again.all).not.toContain(password);

      await ground.asAdministrator((admin) => admin.query(`drop database ${id} with (force)`));
      await expect(pulumi(["up", "--yes", "--skip-preview"])).rejects.toMatchObject({
        all: expect.stringMatching(new RegExp(`database ${id} is missing`)),
      });
    });
  });
}
