import { serviceOfScheme, services as serviceTable } from "../connection/services";
import { type DotenvEntry, readDotenv } from "./documents/dotenv";
import type { Faults } from "./faults";
import type { FileView } from "./file-view";
import { type Place, Source } from "./place";
import type { ReadVariable, Service, VariablePart } from "./types";
import { readAddons, readConnectionStrings, readNames } from "./variable-sources";

/** A variable that an example of the app's environment names for a service. */
export interface NamedVariable extends ReadVariable {
  service: Service;
  /** The example gives it a value that is certainly this service's, and not only a name that often is. */
  certain: boolean;
  place: Place;
}

/** What people call the file that says which variables there are; the real `.env` is nobody's to read. */
const exampleFile =
  /^\.?env[._-](example|sample|template|dist|tpl|default|defaults)$|^(example|sample|template)[._-]env$|^\.env\.(local|development|dev|production|prod|docker)\.(example|sample|template|dist)$|^\.env\.(example|sample|template)\.\w+$/i;

const mostFiles = 6;

/** What platforms are ordered in `app.json`. */
const addons: Readonly<Record<string, Service>> = {
  ...{ "heroku-postgresql": "postgresql", "heroku-redis": "redis", mongolab: "mongodb", "mongodb-atlas": "mongodb" },
};

/** Names of other databases than the one that the app works with. */
const besides = /(^|_)(TEST|TESTING|SHADOW|LEGACY|OLD|REPLICA|READONLY|READ_ONLY|ANALYTICS|EXAMPLE|CI)(_|$)/i;

/** Names that are PostgreSQL's whatever else the app has, and names that are those of whichever database it has. */
const postgresPrefix = "(?:POSTGRES|POSTGRESQL|PG|PSQL|PGSQL)";
const anyPrefix = "(?:DB|DATABASE|SQL|TYPEORM|SQLALCHEMY_DATABASE|SQLALCHEMY|RDS)";

const partNames: readonly [part: VariablePart, names: string][] = [
  [
    "url",
    "(?:DATABASE_|DB_)?(?:URL|URI|DSN|CONNECTION_STRING|CONNECTIONSTRING|CONNECTION_URL|CONN_STRING|CONN_STR|PRISMA_URL)",
  ],
  ["host", "(?:DB_)?(?:HOST|HOSTNAME|SERVER)"],
  ["port", "(?:DB_)?PORT"],
  ["user", "(?:DB_)?(?:USER|USERNAME)"],
  ["password", "(?:DB_)?(?:PASSWORD|PASS|PASSWD|PWD)"],
  ["database", "(?:DB_)?(?:NAME|DATABASE|DATABASE_NAME|DB|DBNAME)"],
];

/** Names by which frameworks are told their datasource. */
const known: Readonly<Record<string, VariablePart>> = {
  PGHOST: "host",
  PGPORT: "port",
  PGUSER: "user",
  PGPASSWORD: "password",
  PGDATABASE: "database",
  JDBC_DATABASE_URL: "jdbc",
  SPRING_DATASOURCE_URL: "jdbc",
  QUARKUS_DATASOURCE_JDBC_URL: "jdbc",
  JDBC_URL: "jdbc",
  JDBC_DATABASE_USERNAME: "user",
  JDBC_DATABASE_PASSWORD: "password",
  SPRING_DATASOURCE_USERNAME: "user",
  SPRING_DATASOURCE_PASSWORD: "password",
  QUARKUS_DATASOURCE_USERNAME: "user",
  QUARKUS_DATASOURCE_PASSWORD: "password",
};

const patterns = [
  ...partNames.map(([part, names]) => ({ part, own: true, pattern: new RegExp(`^${postgresPrefix}_${names}$`, "i") })),
  ...partNames.map(([part, names]) => ({ part, own: false, pattern: new RegExp(`^${anyPrefix}_${names}$`, "i") })),
];

/** Variables by which apps say which database the others are of. */
const kindName =
  /^(?:DB|DATABASE|TYPEORM|DATABASE_CLIENT|DB_CLIENT)(?:_(?:CONNECTION|TYPE|CLIENT|DIALECT|DRIVER|ENGINE|ADAPTER|PROVIDER))?$/i;
const postgresKind = /^(pg|postg|cockroach|timescale|pdo_pgsql|psql)/i;
const postgresName = /(^|_)(POSTGRES|POSTGRESQL|PGSQL)_/i;
const otherPorts = new Set(["3306", "1433", "1521", "27017", "6379"]);

/**
 * The variables that the app's files name for its databases: those that it connects in, and examples of its environment (`.env.example`) name for its databases. The names without a
 * database's own (`DB_HOST`) are PostgreSQL's unless the example says another database.
 */
export function findNamedVariables(view: FileView, names: readonly string[], faults: Faults): NamedVariable[] {
  const files = names.filter((name) => exampleFile.test(name)).slice(0, mostFiles);
  return [
    ...files.flatMap((file) => faults.collect(() => readExample(new Source(file, view.readText(file))), [])),
    ...readAddons(view, names).flatMap(({ addon, place }): NamedVariable[] => {
      const service = Object.hasOwn(addons, addon) ? addons[addon] : undefined;
      return service ? [{ name: serviceTable[service].variable, part: "url", service, certain: true, place }] : [];
    }),
    ...readConnectionStrings(view, names).map(({ name, place }): NamedVariable => {
      return { name, part: "keywords", service: "postgresql", certain: false, place };
    }),
    ...readNames(view).flatMap(({ name, place }): NamedVariable[] => {
      const named = besides.test(name) ? undefined : partOfName(name);
      return named ? [{ name, part: named.part, service: "postgresql", certain: false, place }] : [];
    }),
  ];
}

function readExample(source: Source): NamedVariable[] {
  const entries = readDotenv(source).filter(({ name }) => !besides.test(name));
  const other = saysAnother(entries);
  const urls = entries.filter(({ value }) => serviceOfUrl(value) === "postgresql").length;
  return entries.flatMap((entry): NamedVariable[] => {
    const place = { source, line: entry.line };
    const service = serviceOfUrl(entry.value);
    const named = partOfName(entry.name);
    if (service !== undefined) {
      // A name that says nothing counts where it is the only one.
      if (service === "postgresql" && !named && urls > 1) return [];
      return [{ name: entry.name, part: partOfValue(entry.value), service, certain: true, place }];
    }
    if (!named || /^[a-z][a-z0-9+.-]*:/i.test(entry.value) || (other && !named.own)) return [];
    return [{ name: entry.name, part: named.part, service: "postgresql", certain: false, place }];
  });
}

/** Addresses of SQL databases that are not PostgreSQL. */
const otherUrl = /^(?:jdbc:)?(?:mysql|mysql2|mariadb|sqlite|sqlite3|sqlserver|mssql|oracle)(?:\+\w+)?:/i;

/**
 * Whether an example names PostgreSQL outright (`DB_CLIENT=pg`, `APP_POSTGRES_HOST`, `DATABASE_URL=postgres://…`), and no other
 * database.
 */
export function exampleSaysPostgres(view: FileView): boolean {
  const files = view.list("").filter((name) => exampleFile.test(name));
  return files.slice(0, mostFiles).some((file) => {
    const entries = readDotenv(new Source(file, view.readText(file))).filter(({ name }) => !besides.test(name));
    const says = ({ name, value }: DotenvEntry) =>
      postgresName.test(name) ||
      (kindName.test(name) && postgresKind.test(value)) ||
      (/DATABASE|DB_/i.test(name) && serviceOfUrl(value) === "postgresql");
    return entries.some(says) && !saysAnother(entries) && !entries.some(({ value }) => otherUrl.test(value));
  });
}

function partOfName(name: string): { part: VariablePart; own: boolean } | undefined {
  const part = Object.hasOwn(known, name) ? known[name] : undefined;
  if (part !== undefined) return { part, own: name.startsWith("PG") };
  if (/^ConnectionStrings__\w+$/.test(name)) return { part: "keywords", own: false };
  return patterns.find(({ pattern }) => pattern.test(name));
}

function partOfValue(value: string): VariablePart {
  return value.startsWith("jdbc:") ? "jdbc" : "url";
}

/** The service that a value is an address of: `postgres://…`, `postgresql+asyncpg://…`, `jdbc:postgresql://…`. */
function serviceOfUrl(value: string): Service | undefined {
  const scheme = /^(?:jdbc:|r2dbc:(?:pool:)?)?([a-z][a-z0-9.-]*(?:\+srv)?)(?:\+\w+)?:\/\//i.exec(value)?.[1];
  return scheme === undefined ? undefined : serviceOfScheme(scheme.toLowerCase());
}

/** Whether the example says a database that is not PostgreSQL for the names that could be of any. */
function saysAnother(entries: readonly DotenvEntry[]): boolean {
  return entries.some(({ name, value }) => {
    if (kindName.test(name) && /^[a-z]/i.test(value)) return !postgresKind.test(value);
    if (/^(DB|DATABASE)_(URL|URI|DSN)$/i.test(name) && /^[a-z0-9+]+:/i.test(value)) {
      return !/^(jdbc:)?(postgres|pgsql|psql|cockroach)/i.test(value);
    }
    return /^(DB|DATABASE)_PORT$/i.test(name) && otherPorts.has(value);
  });
}
