// `npm run schema [-- FILE]`: reads the components' types and writes the schema that other languages' SDKs are made from.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { root } from "./setup.mjs";

const require = createRequire(import.meta.url);
const { Analyzer } = require("@pulumi/pulumi/provider/experimental/analyzer");
const { generateSchema } = require("@pulumi/pulumi/provider/experimental/schema");

const folder = path.join(root, "pulumi");
const manifest = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
const names = [...fs.readFileSync(path.join(folder, "index.ts"), "utf8").matchAll(/\bLeash\w+\b/g)]
  .map(([name]) => name)
  .filter((name) => !name.endsWith("Args"));

// The analyzer takes the entry point from `main`; the plugin's own is the compiled one.
const analyzer = new Analyzer(folder, manifest.name, { ...manifest, main: "index.ts" }, new Set(names));
const { components, typeDefinitions, dependencies } = analyzer.analyze();
const schema = generateSchema(
  ...[manifest.name, version, manifest.description, components, typeDefinitions, dependencies, undefined],
);
// Each language's SDK adds its own "Args" to the types of arguments.
const text = JSON.stringify(schema, null, 2).replaceAll(/(leash:index:\w+?)Args"/g, '$1"');
fs.writeFileSync(process.argv[2] ?? path.join(folder, "schema.json"), `${text}\n`);
