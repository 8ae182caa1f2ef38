import { describe, expect, it } from "vitest";
import { detect, driversOf, faultOf, serviceOf } from "./support";

const pyproject = (text: string) => ({ "pyproject.toml": text });

describe("pyproject.toml", () => {
  it("reads PEP 621 dependencies, with the line of each", () => {
    const text =
      '[project]\nname = "notes"\ndependencies = [\n  "flask>=3",\n  # "asyncpg",\n  "psycopg[binary]>=3", # driver\n]\n';
    expect(detect(pyproject(text))).toMatchObject({
      name: "notes",
      language: "python",
      framework: "flask",
      services: [
        {
          verdict: "uses",
          drivers: ["psycopg"],
          evidence: [{ file: "pyproject.toml", line: 6, text: '"psycopg[binary]>=3", # driver' }],
        },
      ],
    });
  });

  it("takes an extra of the project's own for a maybe, and says why", () => {
    const service = serviceOf(pyproject('[project.optional-dependencies]\npostgres = ["psycopg2"]\n'));
    expect(service).toMatchObject({ verdict: "maybe", drivers: ["psycopg2"] });
    expect(service?.evidence).toEqual([
      {
        file: "pyproject.toml",
        line: 2,
        text: 'postgres = ["psycopg2"]',
        says: "driver psycopg2; an installation may go without it",
      },
    ]);
  });

  it.each([
    '[dependency-groups]\ndev = ["psycopg2"]',
    '[tool.uv]\ndev-dependencies = ["psycopg2"]',
    '[tool.pdm.dev-dependencies]\ntest = ["psycopg2"]',
    '[tool.poetry.dev-dependencies]\npsycopg2 = "*"',
    '[tool.poetry.group.dev.dependencies]\npsycopg2 = "*"',
    '[tool.poetry.group.test.dependencies]\npsycopg2 = "*"',
    '[tool.poetry.group.docs]\noptional = true\n[tool.poetry.group.docs.dependencies]\npsycopg2 = "*"',
    '[build-system]\nrequires = ["psycopg2"]',
    '[tool.uv.sources]\npsycopg2 = { git = "https://example.com" }',
    '[tool.uv]\nconstraint-dependencies = ["psycopg2"]',
  ])("does not count %j", (text) => {
    expect(detect(pyproject(`[project]\nname = "x"\ndependencies = ["flask"]\n${text}\n`))).toMatchObject({
      framework: "flask",
      services: [],
    });
  });

  it.each([
    '[tool.poetry.dependencies]\npython = "^3.12"\npsycopg2-binary = "^2.9"',
    '[tool.poetry.dependencies]\nPsycopg2_Binary = { version = "^2.9", python = "<3.13" }',
    '[tool.poetry.dependencies.psycopg2]\nversion = "2"\n',
    '[tool.poetry]\ndependencies.psycopg2 = "2"',
    'tool.poetry.dependencies = { psycopg2 = "2" }',
    '[tool.poetry.dependencies]\npsycopg2 = [{ version = "2.8", python = "<3.9" }, { version = "2.9" }]',
    '[tool.poetry.dependencies]\npsycopg2 = { git = "https://github.com/psycopg/psycopg2" }',
    '[tool.poetry.group.production.dependencies]\npsycopg2 = "*"',
    '[tool.poetry.dependencies]\nsqlalchemy = { version = "2", extras = ["postgresql"] }',
  ])("reads Poetry's %j", (text) => {
    expect(serviceOf(pyproject(text))).toMatchObject({ verdict: "uses", drivers: ["psycopg2"] });
  });

  it.each([
    '[tool.poetry.dependencies]\npsycopg2 = { version = "2", optional = true }\n[tool.poetry.extras]\npg = ["psycopg2"]',
    '[tool.poetry.group.pg]\noptional = true\n[tool.poetry.group.pg.dependencies]\npsycopg2 = "2"',
  ])("takes what Poetry installs on demand for a maybe: %j", (text) => {
    expect(serviceOf(pyproject(text))).toMatchObject({ verdict: "maybe", drivers: ["psycopg2"] });
  });

  it("tells the lines of Poetry's entries", () => {
    const text =
      '[tool.poetry]\nname = "api"\n\n[tool.poetry.dependencies]\nasyncpg = "^0.29"\n\n[tool.poetry.dependencies.motor]\nversion = "3"\n';
    const { name, services } = detect(pyproject(text));
    expect(name).toBe("api");
    expect(services.map(({ evidence }) => evidence[0])).toMatchObject([
      { line: 5, text: 'asyncpg = "^0.29"' },
      { line: 7, text: "[tool.poetry.dependencies.motor]" },
    ]);
  });

  it("prefers the name of [project] to Poetry's", () => {
    expect(detect(pyproject('[tool.poetry]\nname = "b"\n[project]\nname = "a"\n')).name).toBe("a");
  });

  it.each([
    ["[project]\nname = \n", "pyproject.toml:3:1: this is not TOML: unspecified values are invalid."],
    ["[project\n", "pyproject.toml:2:1: this is not TOML: unterminated table-key."],
    ["a = 1\na = 2\n", "pyproject.toml:2:1: this is not TOML: defining a key multiple times is invalid."],
    ['[project]\ndependencies = "flask"\n', "pyproject.toml:2:1: project.dependencies must be an array."],
    ['[project]\ndependencies = ["flask", 7]\n', "pyproject.toml:2:26: project.dependencies.1 must be a string."],
    ["project = 3\n", "pyproject.toml:1:1: project must be a table."],
    ["[project]\nname = 3\n", "pyproject.toml:2:1: project.name must be a string."],
    ["[[project]]\nname = 'x'\n", "pyproject.toml:1:1: project must be a table."],
    ["[tool]\npoetry = []\n", "pyproject.toml:2:1: tool.poetry must be a table."],
    [
      "[tool.poetry.dependencies]\nflask = 3\n",
      "pyproject.toml:2:1: tool.poetry.dependencies.flask must be a version or a table.",
    ],
    [
      "[project.optional-dependencies]\npg = 'psycopg'\n",
      "pyproject.toml:2:1: project.optional-dependencies.pg must be an array.",
    ],
  ])("says where %j is wrong", (text, message) => {
    const fault = faultOf(() => detect(pyproject(text)));
    expect(fault).toMatchObject({ code: "detect/broken-manifest", message });
  });

  it.each(["[", "{ a = "])("refuses %j repeated a hundred thousand times", (open) => {
    const fault = faultOf(() => detect(pyproject(`a = ${open.repeat(100_000)}`)));
    expect(fault.code).toBe("detect/broken-manifest");
  });

  it("survives keys that are special to JavaScript", () => {
    const text =
      '[__proto__.project]\ndependencies = ["psycopg2"]\n[constructor]\nprototype = 1\n[project]\nname = "x"\n';
    expect(driversOf(pyproject(text))).toEqual([]);
  });
});

describe("Pipfile", () => {
  it("counts packages, with the line of each, and not dev-packages", () => {
    const text =
      '[[source]]\nurl = "https://index.example/simple"\n\n[packages]\nflask = "*"\npsycopg2-binary = {version = "==2.9"}\n\n[dev-packages]\nmotor = "*"\n';
    expect(detect({ Pipfile: text })).toMatchObject({
      framework: "flask",
      services: [
        {
          service: "postgresql",
          drivers: ["psycopg2"],
          evidence: [{ file: "Pipfile", line: 6, text: 'psycopg2-binary = {version = "==2.9"}' }],
        },
      ],
    });
    expect(detect({ Pipfile: text }).services).toHaveLength(1);
  });

  it("refuses packages that are no table", () => {
    expect(faultOf(() => detect({ Pipfile: 'packages = "flask"' })).message).toBe(
      "Pipfile:1:1: packages must be a table.",
    );
  });
});
