import { describe, expect, it } from "vitest";
import { detect, packageJson } from "./support";

const goMod = (requires = "") => ({ "go.mod": `module example.com/api\n${requires}` });
const gin = "require github.com/gin-gonic/gin v1.10.0\n";

describe("an app's language", () => {
  it.each([
    [
      "a server in Python over a build of assets",
      { "requirements.txt": "flask", ...packageJson({ vite: "6" }) },
      "python",
    ],
    ["a server in Go over a build of assets", { ...goMod(gin), ...packageJson({ react: "19" }) }, "go"],
    [
      "a server in Node over Python's helpers",
      { "requirements.txt": "requests", ...packageJson({ express: "4" }) },
      "node",
    ],
    ["a server over a driver alone", { "requirements.txt": "psycopg", ...packageJson({ next: "15" }) }, "node"],
    [
      "of two servers the one with a driver",
      { "requirements.txt": "flask", ...packageJson({ express: "4", pg: "8" }) },
      "node",
    ],
    ["a driver over a build of assets", { "requirements.txt": "psycopg", ...packageJson({ vite: "6" }) }, "python"],
    ["a driver over nothing", { ...goMod(), ...packageJson({ redis: "4" }) }, "node"],
    ["something installed over nothing", { "requirements.txt": "", ...packageJson({ "discord.js": "14" }) }, "node"],
    [
      "Python over Node where nothing decides",
      { "requirements.txt": "requests", ...packageJson({ lodash: "4" }) },
      "python",
    ],
    ["Go over Python where nothing decides", { "requirements.txt": "flask", ...goMod(gin) }, "go"],
  ])("is that of %s", (_rule, files, language) => {
    expect(detect(files as unknown as Record<string, string>).language).toBe(language);
  });

  it("decides the framework and the name, and keeps the services of all", () => {
    const files = {
      "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["fastapi", "asyncpg"]\n',
      ...packageJson({ vite: "6", pg: "8", redis: "4" }, { name: "shop-assets" }),
    };
    expect(detect(files)).toMatchObject({
      name: "shop",
      language: "python",
      framework: "fastapi",
      services: [
        {
          service: "postgresql",
          drivers: ["asyncpg", "pg"],
          evidence: [{ file: "pyproject.toml" }, { file: "package.json" }],
        },
        { service: "redis", drivers: ["redis"] },
      ],
    });
  });
});

describe("an app's framework", () => {
  it("is null where no manifest names one", () => {
    expect(detect(packageJson({ pg: "8" })).framework).toBeNull();
  });

  it("counts development dependencies only where the framework's own guide puts them", () => {
    const development = (name: string) => detect(packageJson({}, { devDependencies: { [name]: "1" } })).framework;
    expect(development("@sveltejs/kit")).toBe("sveltekit");
    expect(development("express")).toBeNull();
  });

  it("is not one that the app only tests with", () => {
    const files = { "requirements.txt": "sanic", "requirements-dev.txt": "django" };
    expect(detect(files).framework).toBe("sanic");
  });
});

describe("an app's name", () => {
  it.each([
    ["package.json's", { "package.json": '{"name": "notes"}' }, "notes"],
    ["package.json's without its scope", { "package.json": '{"name": "@team/notes"}' }, "notes"],
    ["the folder's where package.json has none", { "package.json": '{"name": ""}' }, "folder"],
    ["pyproject.toml's", { "pyproject.toml": '[project]\nname = "notes"' }, "notes"],
    [
      "pyproject.toml's beside requirements",
      { "pyproject.toml": '[project]\nname = "a"', "requirements.txt": "flask" },
      "a",
    ],
    ["the folder's for requirements", { "requirements.txt": "flask" }, "folder"],
    [
      "the folder's where only another language's manifest has one",
      { "requirements.txt": "flask", "package.json": '{"name": "assets"}' },
      "folder",
    ],
    ["the Go module's last segment", goMod(), "api"],
  ])("is %s", (_rule, files, name) => {
    expect(detect(files as unknown as Record<string, string>).name).toBe(name);
  });
});
