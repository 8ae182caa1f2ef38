import { describe, expect, it } from "vitest";
import { detect, driversOf, faultOf, packageJson, serviceOf } from "./support";

describe("package.json", () => {
  it("counts dependencies and optionalDependencies", () => {
    expect(driversOf({ "package.json": '{"dependencies": {"pg": "8"}}' })).toEqual(["pg"]);
    expect(driversOf({ "package.json": '{"optionalDependencies": {"pg": "8"}}' })).toEqual(["pg"]);
  });

  it.each(["devDependencies", "peerDependencies", "overrides", "resolutions", "bundledDependencies_"])(
    "does not count %s",
    (section) => {
      const manifest = JSON.stringify({ dependencies: { koa: "2" }, [section]: { pg: "8", mongodb: "6" } });
      expect(detect({ "package.json": manifest })).toMatchObject({ framework: "koa", services: [] });
    },
  );

  it("names the line that a dependency stands on, in its own words", () => {
    const text =
      '{\n  "name": "api",\n  "dependencies": {\n    "koa": "2",\n\t"pg": "^8.11.0",\n    "zod": "4"\n  }\n}\n';
    expect(serviceOf({ "package.json": text })?.evidence).toEqual([
      { file: "package.json", line: 5, text: '"pg": "^8.11.0",', says: "driver pg" },
    ]);
  });

  it("counts lines that end in CRLF as one each", () => {
    const text = '{\r\n "dependencies": {\r\n  "pg": "8"\r\n }\r\n}\r\n';
    expect(serviceOf({ "package.json": text })?.evidence[0]).toMatchObject({ line: 3, text: '"pg": "8"' });
  });

  it("names the dependency's own line when the same word stands elsewhere before it", () => {
    const text = '{\n "keywords": ["pg"],\n "scripts": {"pg": "psql"},\n "dependencies": {\n  "pg": "8"\n }\n}';
    expect(serviceOf({ "package.json": text })?.evidence).toMatchObject([{ line: 5 }]);
  });

  it("cuts the text of a minified manifest", () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`package-${index}`, "1.0.0"]));
    const [evidence] =
      serviceOf({ "package.json": JSON.stringify({ dependencies: { ...many, pg: "8" } }) })?.evidence ?? [];
    expect(evidence).toMatchObject({ line: 1 });
    expect(evidence?.text.length).toBeLessThan(250);
  });

  it("masks credentials in addresses", () => {
    const text = packageJson({ pg: "git+https://x-token:s3cret@git.example.com/pg.git" });
    expect(serviceOf(text)?.evidence[0]?.text).toBe('"pg": "git+https://***@git.example.com/pg.git"');
  });

  it("knows a package that is installed under another name", () => {
    expect(driversOf(packageJson({ database: "npm:pg@^8" }))).toEqual(["pg"]);
    expect(driversOf(packageJson({ pg: "npm:@neondatabase/serverless@1" }))).toEqual(["neon-serverless"]);
    expect(driversOf(packageJson({ "old-postgres": "npm:postgres" }))).toEqual(["postgres"]);
  });

  it("takes the last of two members with one name, as npm does", () => {
    expect(driversOf({ "package.json": '{"dependencies": {"pg": "8"}, "dependencies": {"koa": "2"}}' })).toEqual([]);
    expect(driversOf({ "package.json": '{"dependencies": {"koa": "2"}, "dependencies": {"pg": "8"}}' })).toEqual([
      "pg",
    ]);
  });

  it("gives the drivers in the table's order, whatever the manifest's", () => {
    expect(driversOf(packageJson({ postgres: "3", pg: "8", "@prisma/adapter-pg": "7" }))).toEqual([
      "prisma",
      "pg",
      "postgres",
    ]);
  });

  it("takes clients of a vendor's own protocol for a maybe, and says why", () => {
    const service = serviceOf(packageJson({ "@neondatabase/serverless": "1" }));
    expect(service).toMatchObject({ verdict: "maybe", drivers: ["neon-serverless"] });
    expect(service?.evidence[0]?.says).toBe(
      "driver neon-serverless; it speaks Neon's own protocol, and reaches no other PostgreSQL",
    );
  });

  it("says uses when a driver stands beside such a client, and keeps both lines", () => {
    const service = serviceOf(packageJson({ "@vercel/postgres": "1", pg: "8" }));
    expect(service).toMatchObject({ verdict: "uses", drivers: ["pg", "vercel-postgres"] });
    expect(service?.evidence).toHaveLength(2);
  });

  it("finds all three services, each with its usual variable", () => {
    const { services } = detect(packageJson({ redis: "4", mongoose: "8", pg: "8" }));
    expect(services).toMatchObject([
      { service: "postgresql", drivers: ["pg"], variables: ["DATABASE_URL"] },
      { service: "mongodb", drivers: ["mongoose"], variables: ["MONGODB_URI"] },
      { service: "redis", drivers: ["redis"], variables: ["REDIS_URL"] },
    ]);
  });

  it("names the libraries that narrow the URL's form beside PostgreSQL's drivers only", () => {
    const { services } = detect(packageJson({ knex: "3", "drizzle-orm": "1", pg: "8", redis: "4" }));
    expect(services[0]).toMatchObject({ drivers: ["pg"], libraries: ["knex", "drizzle"] });
    expect(services[1]).not.toHaveProperty("libraries");
  });

  it("reads two hundred thousand dependencies", () => {
    const many = Array.from({ length: 200_000 }, (_, index) => `"p${index}": "1"`).join(",");
    expect(driversOf({ "package.json": `{"dependencies": {${many}, "pg": "8"}}` })).toEqual(["pg"]);
  });

  it("survives keys that are special to JavaScript", () => {
    const text = '{"__proto__": {"dependencies": {"pg": "8"}}, "dependencies": {"__proto__": "1", "constructor": "1"}}';
    expect(detect({ "package.json": text })).toMatchObject({ framework: null, services: [] });
    expect(Object.hasOwn(Object.prototype, "dependencies")).toBe(false);
  });

  it.each([
    ["dependencies", "[]", "package.json:1:2: dependencies must be an object."],
    ["dependencies", '"pg"', "package.json:1:2: dependencies must be an object."],
    ["devDependencies", "null", "package.json:1:2: devDependencies must be an object."],
    ["dependencies", '{"pg": 8}', "package.json:1:19: dependencies.pg must be a string."],
    ["dependencies", '{"pg": {"version": "8"}}', "package.json:1:19: dependencies.pg must be a string."],
    ["name", "7", "package.json:1:2: name must be a string."],
  ])("refuses %s of the shape %s with the path and the place", (key, value, message) => {
    const fault = faultOf(() => detect({ "package.json": `{"${key}": ${value}}` }));
    expect(fault).toMatchObject({ code: "detect/broken-manifest", message, exitCode: 1 });
  });

  it.each(["[]", '"text"', "7", "null"])("refuses a manifest that is %s", (text) => {
    const fault = faultOf(() => detect({ "package.json": text }));
    expect(fault.message).toBe("package.json:1:1: the file must hold an object.");
  });

  it.each([
    ['{\n  "name": "x",\n}', "package.json:3:1: this is not JSON: property name expected."],
    ['{"name": "x"', "package.json:1:13: this is not JSON: close brace expected."],
    ["", "package.json:1:1: this is not JSON: value expected."],
    ["{'name': 1}", "package.json:1:2: this is not JSON: invalid symbol."],
    ['{"a": 1}\n{"b": 2}', "package.json:2:1: this is not JSON: end of file expected."],
    ['{\n  // why\n  "name": "x"\n}', "package.json:2:3: JSON has no comments."],
    ['{ "name": "x" /* why */ }', "package.json:1:15: JSON has no comments."],
  ])("says where %j stops being JSON", (text, message) => {
    const fault = faultOf(() => detect({ "package.json": text }));
    expect(fault).toMatchObject({ code: "detect/broken-manifest", message });
    if (message.includes("comments")) expect(fault.hint).toBe("Remove the comment; npm refuses it too.");
  });

  it.each(["[", '{"a":', '{"dependencies":{"pg":['])("refuses %j repeated a hundred thousand times", (open) => {
    const fault = faultOf(() => detect({ "package.json": open.repeat(100_000) }));
    expect(fault.message).toBe("package.json:1:1: it is nested too deep to be read.");
  });
});
