import { describe, expect, it } from "vitest";
import { detect, faultOf, packageJson, serviceOf } from "./support";

const schema = (provider: string, more = "") => `
generator client {
  provider = "prisma-client-js"
}

datasource db {
  provider = "${provider}"
  url      = env("DATABASE_URL")
  ${more}
}

model Note {
  id  Int @id
}
`;
const withPrisma = packageJson({ "@prisma/client": "^6.0.0" });

describe("a Prisma schema", () => {
  it("says by its datasource's provider that the app uses PostgreSQL, with that line", () => {
    expect(serviceOf({ ...withPrisma, "prisma/schema.prisma": schema("postgresql") })).toEqual({
      service: "postgresql",
      verdict: "uses",
      drivers: ["prisma"],
      variables: ["DATABASE_URL"],
      reads: [{ name: "DATABASE_URL", part: "url" }],
      evidence: [{ file: "prisma/schema.prisma", line: 7, text: 'provider = "postgresql"', says: "driver prisma" }],
    });
  });

  it.each([
    ["postgresql", "postgresql"],
    ["postgres", "postgresql"],
    ["cockroachdb", "postgresql"],
    ["mongodb", "mongodb"],
  ])("takes the provider %s for %s", (provider, service) => {
    const { services } = detect({ ...withPrisma, "prisma/schema.prisma": schema(provider) });
    expect(services).toMatchObject([{ service, verdict: "uses", drivers: ["prisma"] }]);
  });

  it.each(["sqlite", "mysql", "sqlserver", "PostgreSQL "])("takes the provider %s for no evidence", (provider) => {
    expect(detect({ ...withPrisma, "prisma/schema.prisma": schema(provider) }).services).toEqual([]);
  });

  it("takes a driver beside a schema for another database for a maybe, and says why", () => {
    const files = { ...packageJson({ "@prisma/client": "6", pg: "8" }), "prisma/schema.prisma": schema("sqlite") };
    expect(serviceOf(files)).toMatchObject({
      ...{ verdict: "maybe", drivers: ["pg"] },
      evidence: [{ says: "driver pg; but prisma is set to another database (prisma/schema.prisma:7)" }],
    });
  });

  it("is read among comments, strings and models that mislead", () => {
    const text = `// datasource db { provider = "mysql" }
/* datasource db {
  provider = "sqlite" } */
/// provider = "sqlite"
model datasource {
  provider String @default("datasource db { provider = \\"mysql\\" }")
}
datasource pg { // the one
  // provider = "mysql"
  provider /* here */ = "postgresql" // not "sqlite"
  url = env("PG_URL") // env("OTHER")
}`;
    expect(serviceOf({ ...withPrisma, "schema.prisma": text })).toMatchObject({
      verdict: "uses",
      variables: ["DATABASE_URL", "PG_URL"],
      evidence: [{ file: "schema.prisma", line: 10 }],
    });
  });

  it("names the variables that the URLs are read from, without the shadow database's", () => {
    const more = 'directUrl = env("DIRECT_URL")\n  shadowDatabaseUrl = env("SHADOW_URL")';
    const text = schema("postgresql", more).replace("DATABASE_URL", "POSTGRES_PRISMA_URL");
    expect(serviceOf({ ...withPrisma, "prisma/schema.prisma": text })?.variables).toEqual([
      "DATABASE_URL",
      "POSTGRES_PRISMA_URL",
      "DIRECT_URL",
    ]);
  });

  it("masks a password that stands in the schema", () => {
    const text = 'datasource db { provider = "postgresql" url = "postgresql://u:s3cret@db.example.com/x" }';
    expect(serviceOf({ ...withPrisma, "schema.prisma": text })?.evidence[0]?.text).toBe(
      'datasource db { provider = "postgresql" url = "postgresql://***@db.example.com/x" }',
    );
  });

  it.each([
    "prisma/schema.prisma",
    "schema.prisma",
    "prisma/schema/base.prisma",
    "prisma/schema/db/base.prisma",
    "api/db/schema.prisma",
  ])("is found at %s", (path) => {
    expect(serviceOf({ ...withPrisma, [path]: schema("postgresql") })?.evidence[0]?.file).toBe(path);
  });

  it("is found in the file of a folder that has the datasource", () => {
    const files = {
      "prisma/schema/a.prisma": "model A { id Int @id }",
      "prisma/schema/z.prisma": schema("postgresql"),
    };
    expect(serviceOf({ ...withPrisma, ...files })?.evidence[0]?.file).toBe("prisma/schema/z.prisma");
  });

  it.each([
    ["db/main.prisma", "db/main.prisma"],
    ["./db/main.prisma", "db/main.prisma"],
    ["db", "db/main.prisma"],
    ["db/schema", "db/schema"],
  ])("is found where package.json says %s", (given, path) => {
    const files = { ...packageJson({ prisma: "6" }, { prisma: { schema: given } }), [path]: schema("postgresql") };
    expect(serviceOf({ ...files, "prisma/schema.prisma": schema("sqlite") })).toMatchObject({
      evidence: [{ file: path }],
    });
  });

  it("is looked for in schema files only, a few folders deep", () => {
    const noText = Buffer.from([0xff]);
    const others = { "prisma/schema/NOTES": noText, "prisma/schema/migrations/a.prisma": noText };
    const at = (path: string) =>
      detect({ ...withPrisma, ...others, [path]: schema("postgresql") }).services[0]?.verdict;
    expect(at("prisma/schema/1/2/3/deep.prisma")).toBe("uses");
    expect(at("prisma/schema/1/2/3/4/5/too-deep.prisma")).toBe("maybe");
  });

  it("is found without any manifest, as a Node app's", () => {
    expect(detect({ "prisma/schema.prisma": schema("postgresql") }, "notes")).toMatchObject({
      name: "notes",
      language: "node",
      services: [{ drivers: ["prisma"] }],
    });
  });

  it("leaves the language to the app's manifests", () => {
    const files = { "requirements.txt": "prisma", "schema.prisma": schema("postgresql") };
    expect(detect(files)).toMatchObject({ language: "python", services: [{ verdict: "uses" }] });
  });

  it("refuses a schema that is no text", () => {
    const files = { ...withPrisma, "schema.prisma": Buffer.from([0xff, 0x00, 0x01]) };
    expect(faultOf(() => detect(files))).toMatchObject({ code: "detect/not-text" });
  });
});

describe("prisma.config.ts", () => {
  const found = (config: string, name = "prisma.config.ts") =>
    serviceOf({
      ...withPrisma,
      [name]: config,
      "db/main.prisma": schema("postgresql").replace(/url .*/, ""),
      "prisma/schema.prisma": schema("sqlite"),
    });

  it.each([
    'export default { schema: "db/main.prisma" }',
    "export default defineConfig({ schema: './db/main.prisma', migrations: { path: 'x' } })",
    "export default { 'schema': `db/main.prisma` } satisfies PrismaConfig;",
    '// schema: "prisma/schema.prisma"\nexport default { /* schema: "x", */ schema: "db" }',
    'import path from "node:path";\nexport default { schema: path.join("db", "main.prisma"), }',
    "export default { schema: path.resolve(import.meta.dirname, 'db', 'main.prisma') }",
    "module.exports = { schema: join(__dirname, 'db') }",
  ])("says where the schema is: %s", (config) => {
    expect(found(config)).toMatchObject({ verdict: "uses", evidence: [{ file: "db/main.prisma" }] });
  });

  it.each(["mts", "cts", "js", "mjs", "cjs"])("is read as prisma.config.%s too", (ending) => {
    expect(found('export default { schema: "db" }', `prisma.config.${ending}`)).toMatchObject({ verdict: "uses" });
  });

  it.each([
    "url: env('MY_URL')",
    "url: databaseUrl()",
    "url: process.env.MY_URL!",
    "url: process.env['MY_URL'] ?? ''",
    "url: process.env?.MY_URL",
  ])("names the variable of `%s`, where one can be read", (url) => {
    const service = found(`export default { schema: "db", datasource: { ${url} } }`);
    const variable = url.includes("MY_URL") ? ["MY_URL"] : [];
    expect(service?.variables).toEqual(["DATABASE_URL", ...variable]);
  });

  it("leaves the default places where the schema can't be known without running it", () => {
    expect(found("export default { schema: findSchema() }")).toBeUndefined();
    expect(found("export default { schema: `$" + "{folder}/x.prisma` }")).toBeUndefined();
  });

  it("never leaves the app's folder", () => {
    const files = { ...withPrisma, "prisma.config.ts": 'export default { schema: "../../other/schema.prisma" }' };
    expect(serviceOf({ ...files, "schema.prisma": schema("postgresql") })).toMatchObject({ verdict: "maybe" });
  });
});

describe("Prisma without a schema that can be read", () => {
  it("is a maybe, and the evidence says why", () => {
    const service = serviceOf(withPrisma);
    expect(service).toMatchObject({ verdict: "maybe", drivers: ["prisma"], variables: ["DATABASE_URL"] });
    expect(service?.evidence).toEqual([
      {
        file: "package.json",
        line: 3,
        text: '"@prisma/client": "^6.0.0"',
        says: "driver prisma; no schema that says which database",
      },
    ]);
  });

  it("is a maybe when the provider is read from a variable", () => {
    const text = schema("x").replace('"x"', 'env("PROVIDER")');
    expect(serviceOf({ ...withPrisma, "schema.prisma": text })).toMatchObject({ verdict: "maybe" });
  });

  it("is certain by its adapter", () => {
    const service = serviceOf(packageJson({ "@prisma/client": "7", "@prisma/adapter-pg": "7", pg: "8" }));
    expect(service).toMatchObject({ verdict: "uses", drivers: ["prisma", "pg"] });
  });

  it("is no evidence beside the adapter of another database", () => {
    expect(detect(packageJson({ "@prisma/client": "7", "@prisma/adapter-better-sqlite3": "7" })).services).toEqual([]);
  });

  it("is certain beside pg, and still the first that is named", () => {
    expect(serviceOf(packageJson({ pg: "8", prisma: "6" }))).toMatchObject({
      verdict: "uses",
      drivers: ["prisma", "pg"],
    });
  });

  it("is no evidence as a development dependency", () => {
    expect(detect(packageJson({ koa: "2" }, { devDependencies: { prisma: "6" } })).services).toEqual([]);
  });
});
