import type { ConfigName } from "../drivers/row";
import { Source } from "../place";
import type { Service } from "../types";
import type { AppFiles, ConfigReader, Decision } from "./config";
import { installs, mentions } from "./installed";
import { literalAt, readScript, type Script, type Setting } from "./script-settings";
import { variablesOf } from "./script-variables";

/** What the libraries call the databases, all of them together: none calls two by one name. */
const databases: ReadonlyMap<string, Service | null> = new Map([
  ...["pg", "postgres", "postgresql", "pg-native", "pgnative", "cockroachdb", "cockroach", "aurora-postgres"].map(
    (name): [string, Service] => [name, "postgresql"],
  ),
  ["mongodb", "mongodb"] as [string, Service],
  ...["sqlite", "sqlite3", "better-sqlite3", "libsql", "turso", "d1", "d1-http", "sqljs", "expo", "durable-sqlite"].map(
    (name): [string, null] => [name, null],
  ),
  ...["mysql", "mysql2", "mariadb", "mssql", "tedious", "oracle", "oracledb", "singlestore", "planetscale", "gel"].map(
    (name): [string, null] => [name, null],
  ),
]);

interface Library {
  decides: ConfigName;
  packages: readonly string[];
  /** Files of the app's folder, the most telling first. */
  files: readonly string[];
  /** The settings that name the database. */
  settings: readonly string[];
  /** It is often built into the app, so that it stands among what only development needs. */
  built?: true;
}

const withEndings = (paths: readonly string[], endings = ["ts", "js", "mts", "mjs", "cts", "cjs"]) =>
  paths.flatMap((path) => endings.map((ending) => `${path}.${ending}`));

const libraries: readonly Library[] = [
  {
    decides: "drizzle",
    packages: ["drizzle-orm", "drizzle-kit"],
    files: [...withEndings(["drizzle.config", "drizzle/drizzle.config", "src/drizzle.config"]), "drizzle.config.json"],
    settings: ["dialect", "driver"],
    built: true,
  },
  {
    decides: "mikro-orm",
    packages: ["@mikro-orm/core", "mikro-orm"],
    files: withEndings(["mikro-orm.config", "src/mikro-orm.config", "src/config/mikro-orm.config"], ["ts", "js"]),
    settings: ["type"],
  },
  {
    decides: "keystone",
    packages: ["@keystone-6/core"],
    files: withEndings(["keystone"], ["ts", "js"]),
    settings: ["provider"],
  },
  {
    decides: "knex",
    packages: ["knex", "objection"],
    files: withEndings([
      "knexfile",
      "src/knexfile",
      "db/knexfile",
      "config/knexfile",
      "src/db/knexfile",
      "src/database/knexfile",
    ]),
    settings: ["client"],
  },
  {
    decides: "typeorm",
    packages: ["typeorm", "@nestjs/typeorm"],
    files: [
      "ormconfig.json",
      ...withEndings(
        ["ormconfig", "data-source", "src/data-source", "src/database/data-source", "src/db/data-source"],
        ["ts", "js"],
      ),
      ...withEndings(
        ["src/app-data-source", "typeorm.config", "src/config/typeorm", "src/config/typeorm.config"],
        ["ts", "js"],
      ),
      ...withEndings(["src/typeorm.config", "src/app.module", "src/database/database.module"], ["ts", "js"]),
    ],
    settings: ["type"],
  },
  {
    decides: "sequelize",
    packages: ["sequelize", "sequelize-typescript"],
    files: [
      ...withEndings(
        ["config/config", "config/database", "src/config/config", "src/config/database"],
        ["json", "js", "cjs", "ts"],
      ),
      ...withEndings(["database/config/config", "server/config/config", "db/config/config"], ["json", "js"]),
    ],
    settings: ["dialect"],
  },
];

/** Node's libraries that speak to many databases, by their configs: scripts and JSON, which are not run. */
export const nodeOrms: readonly ConfigReader[] = libraries.map((library) => ({
  decides: library.decides,
  read(app) {
    if (!isThere(app, library)) return [];
    for (const file of library.files) {
      if (app.view.kindOf(file) !== "file") continue;
      const source = app.faults.collect(() => new Source(file, app.view.readText(file)), undefined);
      if (source === undefined || source.text.length > longestScript) continue;
      const decision = decide(readScript(source.text), source, library);
      if (decision === undefined) continue;
      return [installs(app.readings, library.packages) ? decision : { ...decision, doubt: builtIn }];
    }
    return [];
  },
}));

/** Nobody writes a config of that length by hand. */
const longestScript = 200_000;

const builtIn = "it stands among what only development needs, as what is built into an app does";

/** Drizzle's config is often all that there is of a driver: Bun and Deno bring their own. */
function isThere({ readings }: AppFiles, { packages, built }: Library): boolean {
  return built ? mentions(readings, packages) : installs(readings, packages);
}

/** Production's setting counts before the one for all; those of laptops and tests alone decide nothing. */
function decide(script: Script, source: Source, { settings: names }: Library): Decision | undefined {
  const found = script.settings.flatMap((setting) => {
    const word = names.includes(setting.name) ? literalAt(script, setting.start) : undefined;
    const service = word?.kind === "string" ? databases.get(word.text) : undefined;
    return service === undefined ? [] : [{ setting, service }];
  });
  const of = (environment: Setting["object"]["environment"]) =>
    found.find(({ setting }) => setting.object.environment === environment);
  const decisive = of("production") ?? of(undefined) ?? of("staging");
  if (decisive === undefined) return undefined;
  const { environment } = decisive.setting.object;
  const beside = script.settings.filter(({ object }) => {
    return object.environment === environment || object.environment === undefined;
  });
  return {
    service: decisive.service,
    variables: decisive.service === null ? [] : variablesOf(script, beside),
    place: { source, line: source.position(decisive.setting.offset).line },
  };
}
