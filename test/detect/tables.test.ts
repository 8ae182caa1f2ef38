import { describe, expect, it } from "vitest";
import { urlForms } from "../../src/connection/url-form";
import { allRows, driverTable } from "../../src/detect/drivers";
import { isLibrary } from "../../src/detect/drivers/row";
import { frameworks } from "../../src/detect/frameworks";
import { normalizeModulePath } from "../../src/detect/manifests/go-mod";
import { normalizePythonName } from "../../src/detect/manifests/requirement";
import type { Language } from "../../src/detect/types";
import { driverExamples, frameworkExamples, manifestOf, neverExamples } from "./examples";
import { detect } from "./support";

const languages = Object.keys(driverTable) as Language[];

const normalizers: Record<Language, (name: string) => string> = {
  node: (name) => name,
  python: (name) =>
    name
      .split(/(?=\[)/)
      .map((part) => (part.startsWith("[") ? part : normalizePythonName(part)))
      .join(""),
  go: normalizeModulePath,
};

describe("the driver table", () => {
  it("has unique ids, so that an id alone names a row", () => {
    const ids = allRows.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it.each(languages)("has every %s package in one row only, written as its ecosystem normalises names", (language) => {
    const packages = driverTable[language].flatMap((row) => row.packages);
    expect(packages).toEqual([...new Set(packages)]);
    expect(packages).toEqual(packages.map(normalizers[language]));
  });

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

  it.each(languages)("has an example for every %s row", (language) => {
    expect(Object.keys(driverExamples[language])).toEqual(driverTable[language].map(({ id }) => id));
  });

  const rows = languages.flatMap((language) => driverTable[language].map((row) => ({ language, row, id: row.id })));

  it.each(rows.filter(({ row }) => !isLibrary(row) || row.decidedBy === "prisma"))(
    "finds $id by its example",
    (example) => {
      const { language, row, id } = example;
      const { services } = detect(manifestOf(language, driverExamples[language][id] ?? ""));
      const service = isLibrary(row) ? "postgresql" : row.service;
      const verdict = isLibrary(row) ? "uses" : row.verdict;
      expect(services).toMatchObject([{ service, verdict, drivers: [id] }]);
    },
  );

  const besides: Record<Language, { driver: string; requirement: string; separator: string }> = {
    node: { driver: "pg", requirement: '"pg": "8"', separator: ", " },
    python: { driver: "psycopg", requirement: "psycopg", separator: "\n" },
    go: { driver: "pgx", requirement: "github.com/jackc/pgx/v5 v5.5.5", separator: "\n" },
  };

  it.each(rows.filter(({ row }) => isLibrary(row) && row.decidedBy === "driver"))(
    "takes $id for no evidence by itself, and names it beside a driver",
    ({ language, id }) => {
      const example = driverExamples[language][id] ?? "";
      expect(detect(manifestOf(language, example)).services).toEqual([]);
      const { driver, requirement, separator } = besides[language];
      const both = detect(manifestOf(language, [example, requirement].join(separator)));
      expect(both.services).toMatchObject([{ drivers: [driver], libraries: [id] }]);
    },
  );

  it.each(languages.flatMap((language) => neverExamples[language].map((text) => ({ language, text }))))(
    "never takes $text for a driver",
    ({ language, text }) => {
      expect(detect(manifestOf(language, text)).services).toEqual([]);
    },
  );
});

describe("the framework table", () => {
  it("has unique ids and packages within a language", () => {
    for (const language of languages) {
      const own = frameworks.filter((framework) => framework.language === language);
      const ids = own.map(({ id }) => id);
      const packages = own.flatMap((framework) => framework.packages);
      expect(ids).toEqual([...new Set(ids)]);
      expect(packages).toEqual([...new Set(packages)]);
      expect(packages).toEqual(packages.map(normalizers[language]));
    }
  });

  it.each(languages)("has an example for every %s framework", (language) => {
    const ids = frameworks.filter((framework) => framework.language === language).map(({ id }) => id);
    expect(Object.keys(frameworkExamples[language])).toEqual(ids);
  });

  it.each(frameworks)("finds $id ($language) by its example", ({ id, language }) => {
    const detection = detect(manifestOf(language, frameworkExamples[language][id] ?? ""));
    expect(detection).toMatchObject({ language, framework: id });
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
