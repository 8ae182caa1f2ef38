import { describe, expect, it } from "vitest";
import { urlForms } from "../../src/connection/url-form";
import { allRows, driverTable } from "../../src/detect/drivers";
import { isLibrary } from "../../src/detect/drivers/row";
import { type Ecosystem, ecosystemOf } from "../../src/detect/ecosystem";
import { frameworks } from "../../src/detect/frameworks";
import { normalizeCrateName } from "../../src/detect/manifests/cargo-toml";
import { normalizeComposerName } from "../../src/detect/manifests/composer-json";
import { normalizeModulePath } from "../../src/detect/manifests/go-mod";
import { normalizePythonName } from "../../src/detect/manifests/requirement";

import { driverExamples, frameworkExamples, manifestOf, neverExamples } from "./examples";
import { detect } from "./support";

const ecosystems = Object.keys(driverTable) as Ecosystem[];

const normalizers: Record<Ecosystem, (name: string) => string> = {
  node: (name) => name,
  python: (name) =>
    name
      .split(/(?=\[)/)
      .map((part) => (part.startsWith("[") ? part : normalizePythonName(part)))
      .join(""),
  go: normalizeModulePath,
  ruby: (name) => name.toLowerCase(),
  php: normalizeComposerName,
  jvm: (name) => name.toLowerCase(),
  dotnet: (name) => name.toLowerCase(),
  rust: (name) => {
    const [crate = "", ...features] = name.split(/(?=\[)/);
    return [normalizeCrateName(crate), ...features].join("");
  },
  elixir: (name) => name,
  dart: (name) => name,
  swift: (name) => name.toLowerCase(),
  crystal: (name) => name,
  haskell: (name) => name,
};

describe("the driver table", () => {
  it("has unique ids, so that an id alone names a row", () => {
    const ids = allRows.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it.each(ecosystems)(
    "has every %s package in one row only, written as its ecosystem normalises names",
    (ecosystem) => {
      const packages = driverTable[ecosystem].flatMap((row) => row.packages);
      expect(packages).toEqual([...new Set(packages)]);
      expect(packages).toEqual(packages.map(normalizers[ecosystem]));
    },
  );

  it("gives every row that claims socket support at least one known URL form, none twice", () => {
    const bySocket = allRows.flatMap(({ connection }) => (connection?.kind === "socket" ? [connection.forms] : []));
    expect(bySocket.length).toBeGreaterThan(15);
    for (const forms of bySocket) {
      expect(forms.length).toBeGreaterThan(0);
      expect(forms).toEqual(urlForms.filter((form) => forms.includes(form)));
    }
  });

  it("says for every row that is only a maybe what speaks against it", () => {
    const doubtful = allRows.filter((row) => !isLibrary(row) && row.verdict === "maybe");
    expect(doubtful.length).toBeGreaterThan(0);
    for (const row of doubtful) expect(row).toHaveProperty("doubt", expect.stringMatching(/\w{3}/));
  });

  it.each(ecosystems)("has an example for every %s row", (ecosystem) => {
    expect(Object.keys(driverExamples[ecosystem])).toEqual(driverTable[ecosystem].map(({ id }) => id));
  });

  const rows = ecosystems.flatMap((ecosystem) => driverTable[ecosystem].map((row) => ({ ecosystem, row, id: row.id })));

  it.each(rows.filter(({ row }) => !isLibrary(row) || row.undecided !== undefined))(
    "finds $id by its example",
    (example) => {
      const { ecosystem, row, id } = example;
      const { services } = detect(manifestOf(ecosystem, driverExamples[ecosystem][id] ?? ""));
      const service = isLibrary(row) ? "postgresql" : row.service;
      const verdict = isLibrary(row) ? "uses" : row.verdict;
      expect(services).toMatchObject([{ service, verdict, drivers: [id] }]);
    },
  );

  const besides: Partial<Record<Ecosystem, { driver: string; requirement: string; separator: string }>> = {
    node: { driver: "pg", requirement: '"pg": "8"', separator: ", " },
    python: { driver: "psycopg", requirement: "psycopg", separator: "\n" },
    go: { driver: "pgx", requirement: "github.com/jackc/pgx/v5 v5.5.5", separator: "\n" },
    ruby: { driver: "ruby-pg", requirement: '"pg"', separator: "\ngem " },
    php: { driver: "pdo_pgsql", requirement: '"ext-pdo_pgsql": "*"', separator: ", " },
    jvm: { driver: "pgjdbc", requirement: "dependencies { runtimeOnly 'org.postgresql:postgresql' }", separator: "\n" },
    elixir: { driver: "postgrex", requirement: '{:postgrex, ">= 0.0.0"}', separator: ", " },
  };

  it.each(rows.filter(({ row }) => isLibrary(row) && row.undecided === undefined))(
    "takes $id for no evidence by itself, and names it beside a driver",
    ({ ecosystem, id }) => {
      const example = driverExamples[ecosystem][id] ?? "";
      expect(detect(manifestOf(ecosystem, example)).services).toEqual([]);
      const { driver, requirement, separator } = besides[ecosystem]!;
      const both = detect(manifestOf(ecosystem, [example, requirement].join(separator)));
      expect(both.services).toMatchObject([{ drivers: [driver], libraries: [id] }]);
    },
  );

  it.each(ecosystems.flatMap((ecosystem) => neverExamples[ecosystem].map((text) => ({ ecosystem, text }))))(
    "never takes $text for a driver",
    ({ ecosystem, text }) => {
      expect(detect(manifestOf(ecosystem, text)).services).toEqual([]);
    },
  );
});

describe("the framework table", () => {
  it("has unique ids and packages within a language", () => {
    for (const ecosystem of ecosystems) {
      const own = frameworks.filter((framework) => framework.ecosystem === ecosystem);
      const ids = own.map(({ id }) => id);
      const packages = own.flatMap((framework) => framework.packages);
      expect(ids).toEqual([...new Set(ids)]);
      expect(packages).toEqual([...new Set(packages)]);
      expect(packages).toEqual(packages.map(normalizers[ecosystem]));
    }
  });

  it.each(ecosystems)("has an example for every %s framework", (ecosystem) => {
    const ids = frameworks.filter((framework) => framework.ecosystem === ecosystem).map(({ id }) => id);
    expect(Object.keys(frameworkExamples[ecosystem])).toEqual(ids);
  });

  it.each(frameworks)("finds $id ($ecosystem) by its example", ({ id, ecosystem }) => {
    const detection = detect(manifestOf(ecosystem, frameworkExamples[ecosystem][id] ?? ""));
    expect(ecosystemOf(detection.language)).toBe(ecosystem);
    expect(detection.framework).toBe(id);
  });

  it.each([
    ["next", ["express", "next"]],
    ["nuxt", ["h3", "nuxt", "vite"]],
    ["nestjs", ["express", "fastify", "@nestjs/core"]],
    ["strapi", ["koa", "@strapi/strapi"]],
    ["payload", ["next", "payload"]],
    ["remix", ["express", "@remix-run/node", "vite"]],
    ["feathers", ["koa", "@feathersjs/feathers"]],
  ])("names %s before what it is built on", (id, packages) => {
    const dependencies = Object.fromEntries(packages.map((name) => [name, "1"]));
    expect(detect({ "package.json": JSON.stringify({ dependencies }) }).framework).toBe(id);
  });

  it.each([
    ["dash", "flask\ndash"],
    ["fastapi", "starlette\nfastapi"],
    ["gradio", "fastapi\ngradio"],
    ["streamlit", "tornado\nstreamlit"],
    ["wagtail", "django\nwagtail"],
  ])("names %s before what it is built on", (id, requirements) => {
    expect(detect({ "requirements.txt": requirements }).framework).toBe(id);
  });
});
