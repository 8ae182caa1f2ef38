import { posix } from "node:path";
import type { FileView } from "../file-view";
import { Source } from "../place";
import type { AppFiles, ConfigReader } from "./config";
import { type PrismaConfig, readPrismaConfig } from "./prisma-config";
import { type Datasource, readDatasource } from "./prisma-schema";

const configNames = ["ts", "mts", "cts", "js", "mjs", "cjs"].map((ending) => `prisma.config.${ending}`);

/** Where Prisma looks by itself, and where RedwoodJS keeps it. */
const defaultSchemas = ["prisma/schema.prisma", "schema.prisma", "prisma/schema", "api/db/schema.prisma"];

/** A schema in many files may have folders; nobody nests them deeper. */
const deepestSchemaFolder = 4;

const otherFolders = ["migrations", "node_modules"];

/** Prisma's schema: the provider of its `datasource` block decides. */
export const prisma: ConfigReader = {
  decides: "prisma",
  read(app) {
    const config = readConfig(app);
    const datasource = findDatasource(app, config);
    if (datasource?.provider === undefined) return [];
    const { service, place } = datasource.provider;
    const names = new Set([...datasource.variables, ...config.variables]);
    return [{ service, variables: [...names].map((name) => ({ name, part: "url" })), place }];
  },
};

function readConfig({ view, names, faults }: AppFiles): PrismaConfig {
  const name = configNames.find((candidate) => names.includes(candidate));
  const nothing: PrismaConfig = { variables: [] };
  if (name === undefined) return nothing;
  return faults.collect(() => readPrismaConfig(view.readText(name)), nothing);
}

function findDatasource({ view, readings, faults }: AppFiles, config: PrismaConfig): Datasource | undefined {
  // A schema that is named is the one that counts, even when it can't be read.
  const given = config.schema ?? faults.collect(() => schemaOfPackageJson(readings), undefined);
  for (const start of given === undefined ? defaultSchemas : [posix.normalize(given)]) {
    for (const file of schemaFiles(view, start, 0)) {
      const datasource = faults.collect(() => readDatasource(new Source(file, view.readText(file))), undefined);
      if (datasource !== undefined) return datasource;
    }
  }
  return undefined;
}

function schemaOfPackageJson(readings: AppFiles["readings"]): string | undefined {
  const document = readings.find(({ language }) => language === "node")?.document;
  return document?.string("prisma", "schema");
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
