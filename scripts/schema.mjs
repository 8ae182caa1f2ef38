// `npm run schema [-- FOLDER]`: reads the components' types and comments, and writes from them the schema that other
// languages' SDKs are made from (pulumi/schema.json) and the reference for people (docs/components.md).
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { describeReference } from "./reference.mjs";
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
// The analyzer knows no secrets.
for (const [type, property] of [
  ["ServerArgs", "password"],
  ["BackupS3Args", "accessKeyId"],
  ["BackupS3Args", "secretAccessKey"],
]) {
  schema.types[`leash:index:${type}`].properties[property].secret = true;
}
schema.resources["leash:index:LeashBackup"].inputProperties.webhook.secret = true;
for (const [token, output] of [
  ["LeashAppDatabase", "databaseUrl"],
  ["LeashAppDatabase", "environment"],
  ["LeashPostgres", "server"],
]) {
  schema.resources[`leash:index:${token}`].properties[output].secret = true;
}

// Each language's SDK adds its own "Args" to the types of arguments.
const text = JSON.stringify(schema, null, 2).replaceAll(/(leash:index:\w+?)Args"/g, '$1"');

const [schemaFile, reference] = process.argv[2]
  ? ["schema.json", "components.md"].map((name) => path.join(process.argv[2], name))
  : [path.join(folder, "schema.json"), path.join(root, "docs/components.md")];
fs.writeFileSync(schemaFile, `${text}\n`);
fs.writeFileSync(reference, describeReference(JSON.parse(text)));
