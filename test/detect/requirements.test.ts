import { describe, expect, it } from "vitest";
import { parseRequirement } from "../../src/detect/manifests/requirement";
import { detect, driversOf, serviceOf } from "./support";

describe("parseRequirement", () => {
  it.each([
    ["psycopg", "psycopg", []],
    ["psycopg[binary]==3.2", "psycopg", ["binary"]],
    ["psycopg [binary, pool] >=3.1", "psycopg", ["binary", "pool"]],
    ["psycopg[ ]", "psycopg", []],
    ["Psycopg2_Binary", "psycopg2-binary", []],
    ["psycopg2.-_binary", "psycopg2-binary", []],
    ["psycopg2 (>=2.9)", "psycopg2", []],
    ["psycopg2; python_version < '3.13'", "psycopg2", []],
    ["psycopg2~=2.9 --hash=sha256:abc", "psycopg2", []],
    ["psycopg2 --no-binary :all:", "psycopg2", []],
    ["psycopg2 @ https://example.com/psycopg2.tar.gz", "psycopg2", []],
    ["asyncpg@git+https://github.com/MagicStack/asyncpg", "asyncpg", []],
    ["git+https://github.com/psycopg/psycopg2.git@2.9#egg=psycopg2", "psycopg2", []],
    ["git+ssh://git@github.com/x/y#subdirectory=a&egg=psycopg%5Bbinary%5D", "psycopg", ["binary"]],
    ["https://example.com/psycopg2_binary-2.9.9-cp312-cp312-manylinux_2_17_x86_64.whl", "psycopg2-binary", []],
    ["./wheels/asyncpg-0.29.0-cp312-cp312-linux_x86_64.whl", "asyncpg", []],
  ])("reads %j", (text, name, extras) => {
    expect(parseRequirement(text)).toEqual({ name, extras });
  });

  it.each(["", ".", "./psycopg2", "../psycopg2", "/srv/psycopg2", "vendor/psycopg2", "-c psycopg2", "--psycopg2"])(
    "finds no package in %j",
    (text) => {
      expect(parseRequirement(text)).toBeUndefined();
    },
  );
});

describe("requirements.txt", () => {
  const drivers = (text: string) => driversOf({ "requirements.txt": text });

  it.each([
    "# psycopg2",
    "  # psycopg2",
    "flask # psycopg2",
    "flask  #psycopg2\n#psycopg2==2",
    "flask \\\n  # psycopg2",
  ])("does not count what is commented out in %j", (text) => {
    expect(detect({ "requirements.txt": text }).services).toEqual([]);
  });

  it("reads a requirement whose comment follows", () => {
    expect(drivers("psycopg2==2.9.9  # the driver")).toEqual(["psycopg2"]);
  });

  it("tells the first line of a continued requirement", () => {
    const text =
      "flask==3.0\n\\\npsycopg2-binary==2.9.9 \\\n    --hash=sha256:aaaa \\\n    --hash=sha256:bbbb\nredis\n";
    expect(detect({ "requirements.txt": text }).services.map(({ evidence }) => evidence)).toEqual([
      [{ file: "requirements.txt", line: 3, text: "psycopg2-binary==2.9.9 \\", says: "driver psycopg2" }],
      [{ file: "requirements.txt", line: 6, text: "redis", says: "driver redis-py" }],
    ]);
  });

  it("reads a last line that ends in a backslash", () => {
    expect(drivers("psycopg2 \\")).toEqual(["psycopg2"]);
  });

  it("reads editable requirements by the name in their address", () => {
    expect(drivers("-e git+https://github.com/psycopg/psycopg2#egg=psycopg2")).toEqual(["psycopg2"]);
    expect(drivers("--editable=git+https://github.com/psycopg/psycopg2#egg=psycopg2")).toEqual(["psycopg2"]);
    expect(drivers("-e ./psycopg2")).toEqual([]);
  });

  it("does not count constraints, indexes and other options", () => {
    const text =
      "-c constraints.txt\n--constraint psycopg2.txt\n-i https://psycopg2/simple\n--find-links psycopg2\nflask\n";
    expect(
      detect({ "requirements.txt": text, "constraints.txt": "psycopg2\n", "psycopg2.txt": "psycopg2\n" }),
    ).toMatchObject({ framework: "flask", services: [] });
  });

  it("masks the credentials of an address", () => {
    const service = serviceOf({ "requirements.txt": "psycopg2 @ https://bob:s3cret@pypi.example.com/psycopg2.tgz" });
    expect(service?.evidence[0]?.text).toBe("psycopg2 @ https://***@pypi.example.com/psycopg2.tgz");
  });

  it.each([
    "-r base/prod.txt",
    "-rbase/prod.txt",
    "--requirement base/prod.txt",
    "--requirement=base/prod.txt",
    '-r "base/prod.txt"',
  ])("follows %s, and tells the line in the included file", (include) => {
    const service = serviceOf({ "requirements.txt": `flask\n${include}\n`, "base/prod.txt": "\nasyncpg\n" });
    expect(service?.evidence).toEqual([{ file: "base/prod.txt", line: 2, text: "asyncpg", says: "driver asyncpg" }]);
  });

  it("takes a file that is called requirements for no folder of them", () => {
    expect(driversOf({ requirements: "psycopg2", "requirements.txt": "asyncpg" })).toEqual(["asyncpg"]);
  });

  it("resolves an include against the file that it stands in", () => {
    const files = { "requirements.txt": "-r a/one.txt", "a/one.txt": "-r two.txt", "two.txt": "flask" };
    expect(driversOf({ ...files, "a/two.txt": "psycopg2" })).toEqual(["psycopg2"]);
    expect(driversOf({ ...files, "a/one.txt": "-r ../two.txt", "two.txt": "psycopg2" })).toEqual(["psycopg2"]);
  });

  it("ends when includes go in circles", () => {
    const files = { "requirements.txt": "-r a.txt\n-r requirements.txt", "a.txt": "-r ./requirements.txt\npsycopg2" };
    expect(driversOf(files)).toEqual(["psycopg2"]);
  });

  it("follows a chain of ten thousand includes", () => {
    const chain = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`r/${n}.txt`, `-r ${n + 1}.txt`]));
    expect(driversOf({ "requirements.txt": "-r r/0.txt", ...chain, "r/10000.txt": "psycopg2" })).toEqual(["psycopg2"]);
  });

  it("tells a line once when its file is found by itself and included too", () => {
    const service = serviceOf({ "requirements.txt": "-r requirements/base.txt", "requirements/base.txt": "psycopg2" });
    expect(service?.evidence).toHaveLength(1);
  });

  it.each(["../shared.txt", "/etc/requirements.txt", "a/../../x.txt", "https://example.com/r.txt", "not-there.txt"])(
    "leaves out the include of %s, which is not in the folder",
    (path) => {
      expect(drivers(`-r ${path}\npsycopg2`)).toEqual(["psycopg2"]);
    },
  );

  it.each(["requirements-prod.txt", "requirements_web.txt", "requirements.production.txt", "requirements/base.txt"])(
    "counts %s",
    (file) => {
      expect(driversOf({ [file]: "psycopg2" })).toEqual(["psycopg2"]);
    },
  );

  it.each([
    "requirements-dev.txt",
    "requirements_test.txt",
    "requirements.docs.txt",
    "requirements/lint.txt",
    "Requirements-CI.txt",
  ])("does not count %s, which is not installed where the app runs", (file) => {
    expect(detect({ [file]: "psycopg2\n" })).toMatchObject({ language: "python", services: [] });
  });

  it("counts a file by what includes it", () => {
    const files = { "requirements.txt": "-r requirements-dev.txt", "requirements-dev.txt": "psycopg2" };
    expect(driversOf(files)).toEqual(["psycopg2"]);
    expect(driversOf({ "requirements-dev.txt": "-r base.txt", "base.txt": "psycopg2" })).toEqual([]);
  });

  it("reads what PowerShell's redirection writes", () => {
    const bytes = Buffer.from("\uFEFFflask\r\npsycopg2==2.9\r\n", "utf16le");
    expect(detect({ "requirements.txt": bytes })).toMatchObject({
      framework: "flask",
      services: [{ evidence: [{ line: 2, text: "psycopg2==2.9" }] }],
    });
    expect(detect({ "requirements.txt": Buffer.from(bytes).swap16() })).toMatchObject({
      services: [{ drivers: ["psycopg2"] }],
    });
  });

  it("counts an extra that brings a driver along, and not the package without it", () => {
    expect(drivers("sqlalchemy[postgresql_asyncpg]")).toEqual(["asyncpg"]);
    expect(drivers("tortoise-orm[asyncpg]")).toEqual(["asyncpg"]);
    expect(drivers("tortoise-orm")).toEqual([]);
    expect(detect({ "requirements.txt": "celery[Redis,msgpack]" }).services).toMatchObject([{ service: "redis" }]);
  });
});
