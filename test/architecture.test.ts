import fs from "node:fs";
import path from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { root } from "./support/sandbox";

/** What each part may import, as ARCHITECTURE.md says. A part is a folder of `src`, or a file that stands there alone. */
const allowed: Record<string, readonly string[]> = {
  errors: [],
  bundles: [],
  plans: ["errors"],
  identifier: ["errors"],
  files: ["errors"],
  signals: [],
  terminal: ["errors"],
  connection: ["bundles", "errors"],
  detect: ["errors", "connection/read-variables", "connection/services", "connection/url-form"],
  tenancy: ["errors", "identifier", "plans"],
  bridge: ["connection/bridge", "errors"],
  pool: ["plans", "tenancy"],
  limits: ["errors", "plans", "tenancy"],
  backup: ["bundles", "connection", "errors", "files", "identifier", "plans", "tenancy"],
  agent: ["plans", "backup", "connection", "errors", "files", "limits", "platform", "signals", "tenancy", "terminal"],
  platform: ["backup", "connection", "detect", "errors", "files", "identifier", "limits", "plans", "pool", "tenancy"],
  dashboard: ["backup", "connection", "errors", "limits", "platform", "plans", "tenancy"],
  cli: [
    "backup",
    "connection",
    "dashboard",
    "detect",
    "errors",
    "files",
    "limits",
    "platform",
    "plans",
    "pool",
    "signals",
    "tenancy",
    "terminal",
  ],
  index: ["detect", "errors", "identifier", "plans", "tenancy"],
};

/** The one way from here to the components; the next test holds it to loading them when they are needed. */
const lazily = `${path.join("cli", "pulumi-automation.ts")} ${path.join("..", "pulumi", "automation")}`;

const source = path.join(root, "src");
const typescriptIn = (folder: string) =>
  fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
const files = typescriptIn(source);

/** The dashboard's page runs in a browser: nothing of the rest can be in it but types. */
const page = path.join("dashboard", "web");
const pageFiles = files.filter((file) => file.startsWith(page + path.sep));

/** What of `src` the components may use: the pure parts. */
const allowedInPulumi = ["connection", "detect", "errors", "identifier", "index", "plans", "pool", "tenancy"];
const alsoInPulumi = [path.join("backup", "settings")];
const components = path.join(root, "pulumi");
const componentFiles = typescriptIn(components);

/** Every module that a file imports, requires, or names in a type. */
function importsOf(file: string, folder = source): string[] {
  const text = fs.readFileSync(path.join(folder, file), "utf8");
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

const partOf = (file: string) => file.split(path.sep)[0]!.replace(/\.d\.ts$|\.ts$/, "");

describe("the source", () => {
  it.each(files)("imports in %s point one way", (file) => {
    const part = partOf(file);
    for (const name of importsOf(file).filter((one) => one.startsWith("."))) {
      const target = path.normalize(path.join(path.dirname(file), name));
      if (partOf(target) === part || `${file} ${target}` === lazily) continue;
      const fits = allowed[part]?.some((one) => target === one || target.startsWith(`${one}/`));
      expect(fits, `${file} imports ${target}`).toBe(true);
    }
  });

  it.each(pageFiles)("of the dashboard's page keeps to itself, Preact and the types of the contract: %s", (file) => {
    const others = importsOf(file).filter((name) => !/^preact(?:\/|$)/.test(name));
    for (const name of others) {
      expect(name, `${file} imports ${name}`).toMatch(/^\./);
      const target = path.normalize(path.join(path.dirname(file), name));
      if (target.startsWith(page + path.sep)) continue;
      expect(target).toBe(path.join("dashboard", "api"));
      const text = fs.readFileSync(path.join(source, file), "utf8");
      expect(text, "types alone").not.toMatch(/^import (?!type)[^;]*"(?:\.\.\/)+api";/m);
    }
  });

  it("reaches Pulumi through one module, which is loaded when it is needed", () => {
    const reaching = files.filter((file) => importsOf(file).some((name) => /(?:^@|\/)pulumi\//.test(name)));
    expect(reaching).toEqual(["cli/pulumi-automation.ts"]);
    const text = fs.readFileSync(path.join(source, reaching[0]!), "utf8");
    expect(text).not.toMatch(/^import .*pulumi\//m);
  });

  it.each(componentFiles)("pulumi/%s uses the pure parts alone", (file) => {
    for (const name of importsOf(file, components).filter((one) => one.startsWith("."))) {
      const target = path.relative(source, path.resolve(components, path.dirname(file), name));
      if (target.startsWith("..") || alsoInPulumi.includes(target)) continue;
      expect(allowedInPulumi, `${file} imports ${target}`).toContain(partOf(target));
    }
  });

  it("opens database connections in one file for each kind of server", () => {
    // A type alone opens nothing.
    const loads =
      /require\("(?:pg|mongodb|@redis\/client)"\)|^import (?!type).* from "(?:pg|mongodb|@redis\/client)";/m;
    const text = (file: string) => fs.readFileSync(path.join(source, file), "utf8");
    const clients = ["connection/clients/mongodb.ts", "connection/clients/redis.ts"];
    expect(files.filter((file) => loads.test(text(file))).sort()).toEqual([...clients, "connection/connect.ts"]);
  });

  it("has small files", () => {
    const all = [
      ...files.map((file) => path.join(source, file)),
      ...componentFiles.map((file) => path.join(components, file)),
    ];
    for (const file of all) {
      const lines = fs.readFileSync(file, "utf8").split("\n").length;
      expect(lines, file).toBeLessThanOrEqual(300);
    }
  });
});
