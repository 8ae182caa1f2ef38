import { posix } from "node:path";
import type { TableDocument } from "../documents/document";
import { parseJsonDocument } from "../documents/json";
import { Faults } from "../faults";
import type { FileView } from "../file-view";
import type { Dependency } from "../manifests/manifest";
import { dependenciesNamed } from "../manifests/named";
import { Source } from "../place";
import { saysPostgres } from "../samples";
import type { AppFiles, ConfigReader, Decision } from "./config";
import { installs } from "./installed";
import { type PrismaConfig, readPrismaConfig } from "./prisma-config";
import { type Datasource, readDatasource } from "./prisma-schema";

const configNames = ["ts", "mts", "cts", "js", "mjs", "cjs"].map((ending) => `prisma.config.${ending}`);

/** Where Prisma looks by itself, and where RedwoodJS keeps it. */
const defaultSchemas = ["prisma/schema.prisma", "schema.prisma", "prisma/schema", "api/db/schema.prisma"];

/** Where apps keep a schema for each database that they can be built for. */
const schemasOfMany = ["prisma", "db", "schema"];

/** Where the workspace may keep the one schema of all its apps. */
const above = ["..", "../..", "../../.."];

/** A schema in many files may have folders; nobody nests them deeper. */
const deepestSchemaFolder = 4;

const mostSchemas = 8;

const schemaOption = /\bprisma(?:@[\w.]+)?\s[^&|;]{0,200}?--schema[ =]["']?([\w./-]+)/;

const otherFolders = ["migrations", "node_modules"];

/** Prisma's schema: the provider of its `datasource` block decides. */
export const prisma: ConfigReader = {
  decides: "prisma",
  read(app) {
    const config = readConfig(app);
    const datasource = findDatasource(app, config);
    if (datasource !== undefined) return decisionOf(datasource, config);
    if (!installs(app.readings, ["@prisma/client", "prisma"])) return [];
    const ofMany = ofSchemasOfMany(app);
    if (ofMany.length > 0) return ofMany;
    const connects = app.readings.some((reading) => dependenciesNamed(reading, "@prisma/client").some(isAlwaysThere));
    return connects ? decisionOf(findAbove(app), config) : [];
  },
};

const isAlwaysThere = ({ scope }: Dependency) => scope === "runtime";

function decisionOf(datasource: Datasource | undefined, config: PrismaConfig): Decision[] {
  if (datasource?.provider === undefined) return [];
  const { service, place } = datasource.provider;
  const names = new Set([...datasource.variables, ...config.variables]);
  return [{ service, variables: [...names].map((name) => ({ name, part: "url" })), place }];
}

/** `prisma/postgresql/schema.prisma` beside `prisma/mysql/schema.prisma`: the operator chooses. */
function ofSchemasOfMany({ view }: AppFiles): Decision[] {
  const quietly = new Faults();
  const schemas = schemasOfMany.flatMap((folder) => {
    const names = view.kindOf(folder) === "folder" ? quietly.collect(() => view.list(folder), []) : [];
    return names.map((name) => `${folder}/${name}/schema.prisma`).filter((file) => view.kindOf(file) === "file");
  });
  const decisions = schemas.slice(0, mostSchemas).flatMap((file) => {
    const read = () => decisionOf(readDatasource(new Source(file, view.readText(file))), { variables: [] });
    return quietly.collect(read, []);
  });
  const services = new Set(decisions.map(({ service }) => service));
  const first = decisions.find(({ service }) => service === "postgresql") ?? decisions[0];
  if (first === undefined || services.size === 1 || saysPostgres(view)) return first ? [first] : [];
  return [{ ...first, doubt: "there are schemas for other databases beside it" }];
}

function findAbove(app: AppFiles): Datasource | undefined {
  const quietly = new Faults();
  return above
    .filter((up) => app.view.kindOf(up) === "folder")
    .flatMap((up) => {
      const named = quietly.collect(() => schemasNamedIn(app.view, up), []);
      return [...named, ...defaultSchemas].map((schema) => posix.join(up, schema));
    })
    .flatMap((path) => quietly.collect(() => schemaFiles(app.view, path, 0), []))
    .map((file) => quietly.collect(() => readDatasource(new Source(file, app.view.readText(file))), undefined))
    .find((datasource) => datasource !== undefined);
}

function readConfig({ view, names, faults }: AppFiles): PrismaConfig {
  const name = configNames.find((candidate) => names.includes(candidate));
  const nothing: PrismaConfig = { variables: [] };
  if (name === undefined) return nothing;
  return faults.collect(() => readPrismaConfig(view.readText(name)), nothing);
}

function findDatasource({ view, readings, faults }: AppFiles, config: PrismaConfig): Datasource | undefined {
  // A schema that is named is the one that counts, even when it can't be read.
  const given = config.schema ?? faults.collect(() => schemaOfPackageJson(readings), undefined);
  const starts =
    given === undefined ? [...schemaOfScripts(packageJson(readings)), ...defaultSchemas] : [posix.normalize(given)];
  for (const start of starts) {
    for (const file of schemaFiles(view, start, 0)) {
      const datasource = faults.collect(() => readDatasource(new Source(file, view.readText(file))), undefined);
      if (datasource !== undefined) return datasource;
    }
  }
  return undefined;
}

function schemaOfPackageJson(readings: AppFiles["readings"]): string | undefined {
  return packageJson(readings)?.string("prisma", "schema");
}

function schemasNamedIn(view: FileView, folder: string): string[] {
  const file = `${folder}/package.json`;
  if (view.kindOf(file) !== "file") return [];
  const document = parseJsonDocument(new Source(file, view.readText(file)));
  const given = document.string("prisma", "schema");
  return [...(given === undefined ? [] : [given]), ...schemaOfScripts(document)];
}

const packageJson = (readings: AppFiles["readings"]) => readings.find(({ language }) => language === "node")?.document;

/** `"postinstall": "prisma generate --schema=../db/schema.prisma"` */
function schemaOfScripts(document: TableDocument | undefined): string[] {
  const scripts = document?.root.get("scripts")?.value;
  if (!(scripts instanceof Map)) return [];
  const named = [...scripts.values()].flatMap(({ value }) =>
    typeof value === "string" ? (schemaOption.exec(value)?.[1] ?? []) : [],
  );
  return new Set(named).size === 1 ? [posix.normalize(named[0]!)] : [];
}

/** The file itself, or the schema files in a folder. */
function schemaFiles(view: FileView, path: string, depth: number): string[] {
  const kind = view.kindOf(path);
  if (kind === undefined || kind === "outside") return [];
  if (kind !== "folder") return depth === 0 || path.endsWith(".prisma") ? [path] : [];
  if (depth === deepestSchemaFolder) return [];
  return view.list(path).flatMap((name) => {
    const isFolder = !name.includes(".") && !otherFolders.includes(name);
    return isFolder || name.endsWith(".prisma") ? schemaFiles(view, posix.join(path, name), depth + 1) : [];
  });
}
