import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { detectApp } from "../../src/detect/detect";
import { openApp, workspaceMembers } from "../../src/detect/workspace";
import { memoryView } from "../support/memory-view";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
});

function tree(files: Record<string, string>): string {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "leash-workspace-"));
  folders.push(root);
  for (const [name, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  }
  return root;
}

function postgresOf(app: string, files: Record<string, string>) {
  const folder = path.join(tree(files), app);
  return detectApp(openApp(folder), path.basename(folder)).services.find(({ service }) => service === "postgresql");
}

const json = (value: unknown) => JSON.stringify(value, null, 1);
const web = json({ name: "@acme/web", dependencies: { next: "15", "@acme/db": "workspace:*" } });
const db = json({ name: "@acme/db", dependencies: { "@prisma/client": "6" } });
const schema = 'datasource db {\n  provider = "postgresql"\n  url = env("POSTGRES_URL")\n}\n';

describe("an app in a workspace", () => {
  it.each([
    ["pnpm", { "pnpm-workspace.yaml": "packages:\n  - apps/*\n  - 'packages/**'\n" }],
    ["npm", { "package.json": json({ workspaces: ["apps/*", "packages/*"] }) }],
    ["yarn", { "package.json": json({ workspaces: { packages: ["apps/web", "packages/db"] } }) }],
  ])("uses what the packages use that it is built with, in %s", (_, root) => {
    const files = { ...root, "apps/web/package.json": web, "packages/db/package.json": db };
    expect(postgresOf("apps/web", { ...files, "packages/db/prisma/schema.prisma": schema })).toMatchObject({
      ...{ verdict: "uses", drivers: ["prisma"], variables: ["DATABASE_URL", "POSTGRES_URL"] },
      evidence: [{ file: "../../packages/db/prisma/schema.prisma", line: 2 }],
    });
  });

  it("goes by way of others, in circles too, and not by what is for development or left out", () => {
    const root = { "pnpm-workspace.yaml": "packages:\n  - '*'\n  - '!old'\n" };
    const a = json({ name: "a", dependencies: { b: "workspace:*" }, devDependencies: { d: "workspace:*" } });
    const b = json({ name: "b", dependencies: { c: "workspace:*", a: "workspace:*", old: "1" } });
    const files = { ...root, "a/package.json": a, "b/package.json": b };
    const pg = (name: string) => json({ name, dependencies: { pg: "8" } });
    expect(postgresOf("a", { ...files, "c/package.json": pg("c") })?.verdict).toBe("uses");
    expect(postgresOf("a", { ...files, "d/package.json": pg("d") })).toBeUndefined();
    expect(postgresOf("a", { ...files, "old/package.json": pg("old") })).toBeUndefined();
    expect(postgresOf("a", { ...files, "e/package.json": pg("e") })).toBeUndefined();
  });

  it("is not kept from being detected by what is broken around it", () => {
    const files = { "pnpm-workspace.yaml": "packages: [", "apps/web/package.json": web };
    expect(postgresOf("apps/web", files)).toBeUndefined();
    const broken = { "package.json": json({ workspaces: ["**"] }), "apps/web/package.json": web };
    expect(postgresOf("apps/web", { ...broken, "packages/db/package.json": "{" })).toBeUndefined();
  });

  it("never leaves the workspace, nor its repository", () => {
    const linked = json({ name: "web", dependencies: { x: "file:../../../x" } });
    const outside = { "x/package.json": json({ dependencies: { pg: "8" } }) };
    const inner = { "root/turbo.json": "{}", "root/apps/web/package.json": linked };
    expect(postgresOf("root/apps/web", { ...outside, ...inner })).toBeUndefined();
    const two = {
      "package.json": json({ workspaces: ["*"] }),
      "db/package.json": json({ name: "db", dependencies: { pg: "8" } }),
    };
    const app = { "app/.git/HEAD": "", "app/package.json": json({ dependencies: { db: "1" } }) };
    expect(postgresOf("app", { ...two, ...app })).toBeUndefined();
  });

  it("takes over what Maven's parent installs, Gradle's catalog and projects, and .NET's references", () => {
    const dependency =
      "<dependencies><dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId></dependency></dependencies>";
    const parent = `<project><artifactId>p</artifactId><modules><module>web</module></modules>${dependency}</project>`;
    const child =
      "<project><parent><groupId>g</groupId><artifactId>p</artifactId></parent><artifactId>web</artifactId></project>";
    expect(postgresOf("web", { "pom.xml": parent, "web/pom.xml": child })?.evidence[0]?.file).toBe("../pom.xml");
    const managed = parent
      .replace("<dependencies>", "<dependencyManagement><dependencies>")
      .replace("</dependencies>", "</dependencies></dependencyManagement>");
    expect(postgresOf("web", { "pom.xml": managed, "web/pom.xml": child })).toBeUndefined();
    const many = Array.from({ length: 60 }, (_, index) => `m${index}`);
    const root = `<project><modules>${many.map((name) => `<module>${name}</module>`).join("")}</modules></project>`;
    const modules = many.map((name) => [`${name}/pom.xml`, "<project />"]);
    const last = { "m59/pom.xml": `<project>${dependency}</project>` };
    expect(postgresOf("", { "pom.xml": root, ...Object.fromEntries(modules), ...last })?.verdict).toBe("uses");
    const gradle = {
      "settings.gradle.kts": 'include(":web", ":db")',
      "gradle/libs.versions.toml": '[libraries]\npg = "org.postgresql:postgresql:42"\n',
      "web/build.gradle.kts": 'dependencies { implementation(project(":db")) }',
      "db/build.gradle.kts": "dependencies { runtimeOnly(libs.pg) }",
    };
    expect(postgresOf("web", gradle)?.verdict).toBe("uses");
    const net = {
      "App.sln": "",
      "Web/Web.csproj":
        '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><ProjectReference Include="..\\Db\\Db.csproj" /></ItemGroup></Project>',
      "Db/Db.csproj": '<Project><ItemGroup><PackageReference Include="Npgsql" /></ItemGroup></Project>',
    };
    expect(postgresOf("Web", net)?.verdict).toBe("uses");
  });

  it("lists its members, of every kind, and none that are tests or vendored", () => {
    const view = memoryView({
      "package.json": json({ workspaces: ["apps/*", "packages/**", "!apps/old"] }),
      "apps/web/package.json": "{}",
      "apps/old/package.json": "{}",
      "apps/none/README.md": "",
      "packages/a/deep/package.json": "{}",
      "packages/a/node_modules/x/package.json": "{}",
      "packages/test/package.json": "{}",
      "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n',
      "crates/api/Cargo.toml": "",
      "go.work": "go 1.22\nuse ./one\nuse (\n  ./two // why\n)\n",
      "one/go.mod": "",
      "two/go.mod": "",
    });
    expect(workspaceMembers(view)).toEqual(["apps/web", "crates/api", "one", "packages/a/deep", "two"]);
  });
});
