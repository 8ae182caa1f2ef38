import type { Table } from "../documents/document";
import { parseYamlDocuments } from "../documents/yaml";
import { type Place, Source } from "../place";
import type { ReadVariable, Service, VariablePart } from "../types";
import type { AppFiles, ConfigReader, Decision } from "./config";

const folders = ["src/main/resources", "src/main/resources/config", "config"];
/** Production's own before what all have. */
const names = ["application-production", "application-prod", "application"];
const endings = ["properties", "yml", "yaml"];

/** Where frameworks of the JVM keep their database. */
const urlKeys = [
  "spring.datasource.url",
  "spring.datasource.hikari.jdbc-url",
  "spring.r2dbc.url",
  "quarkus.datasource.jdbc.url",
  "%prod.quarkus.datasource.jdbc.url",
  "quarkus.datasource.reactive.url",
  "datasources.default.url",
];
const kindKeys = ["quarkus.datasource.db-kind", "%prod.quarkus.datasource.db-kind"];
const loginKeys: readonly [suffix: RegExp, part: VariablePart][] = [
  [/^(spring\.(datasource|r2dbc)|quarkus\.datasource|datasources\.default)\.username$/, "user"],
  [/^(spring\.(datasource|r2dbc)|quarkus\.datasource|datasources\.default)\.password$/, "password"],
];

/** Of a value; no URL is longer. */
const longest = 500;

type Settings = Map<string, { text: string; place: Place }>;

/** `application.properties` and `application.yml`, of Spring, Quarkus and Micronaut. */
export const spring: ConfigReader = {
  decides: "spring",
  read(app) {
    const jvm = app.readings.some(({ language }) => ["java", "kotlin", "scala"].includes(language));
    if (!jvm) return [];
    for (const settings of readSettings(app)) {
      const decision = decide(settings);
      if (decision !== undefined) return [decision];
    }
    return [];
  },
};

function decide(settings: Settings): Decision | undefined {
  const kind = kindKeys.map((key) => settings.get(key)).find((one) => one !== undefined);
  const url = urlKeys.map((key) => settings.get(key)).find((one) => one !== undefined);
  const service = serviceOf(kind?.text) ?? serviceOf(url?.text);
  const decisive = serviceOf(kind?.text) === undefined ? url : kind;
  if (service === undefined || decisive === undefined) return undefined;
  const variables = service === "postgresql" ? readsOf(settings, url?.text ?? "") : [];
  return { service: service === "other" ? null : service, variables, place: decisive.place };
}

/** `jdbc:postgresql:…`, also as what `${JDBC_DATABASE_URL:jdbc:postgresql:…}` falls back on; `postgresql` alone as a kind. */
function serviceOf(text: string | undefined): Service | "other" | undefined {
  if (text === undefined) return undefined;
  if (
    /^(postgresql|postgres|pgsql|pg)$|(jdbc|r2dbc)(:pool)?:(tc:)?(postgresql|p6spy:postgresql|otel:postgresql|aws-wrapper:postgresql)\b|^postgresql:\/\//.test(
      text,
    )
  )
    return "postgresql";
  return /^(h2|mysql|mariadb|mssql|oracle|db2|derby|other)$|(jdbc|r2dbc)(:pool)?:(tc:)?\w+/.test(text)
    ? "other"
    : undefined;
}

function readsOf(settings: Settings, url: string): ReadVariable[] {
  const reads: ReadVariable[] = [];
  const whole = /^\$\{([A-Za-z_]\w*)/.exec(url)?.[1];
  if (whole) reads.push({ name: whole, part: "jdbc" });
  const pieces = /:\/\/(?:\$\{(\w+)(?::[^}]*)?\}|[^:/${]*)(?::(?:\$\{(\w+)(?::[^}]*)?\}|\d+))?\/(?:\$\{(\w+))?/.exec(
    whole ? "" : url,
  );
  for (const [index, part] of (["host", "port", "database"] as const).entries()) {
    const name = pieces?.[index + 1];
    if (name) reads.push({ name, part });
  }
  for (const [key, { text }] of settings) {
    const part = loginKeys.find(([pattern]) => pattern.test(key))?.[1];
    const name = /^\$\{([A-Za-z_]\w*)/.exec(text)?.[1];
    if (part && name) reads.push({ name, part });
  }
  return reads;
}

function* readSettings({ view, faults }: AppFiles): Generator<Settings> {
  for (const name of names) {
    for (const folder of folders) {
      for (const ending of endings) {
        const file = `${folder}/${name}.${ending}`;
        if (view.kindOf(file) !== "file") continue;
        const source = faults.collect(() => new Source(file, view.readText(file)), undefined);
        if (source === undefined) continue;
        yield ending === "properties" ? readProperties(source) : readYaml(source);
      }
    }
  }
}

function readProperties(source: Source): Settings {
  const settings: Settings = new Map();
  for (let line = 1; line <= source.lineCount; line++) {
    const match = /^[ \t]*([^#!=:\s][^=:\s]*)[ \t]*[=:][ \t]*(.*)$/.exec(source.line(line));
    // `%prod.x` holds a colon nowhere, but keys of profiles may.
    if (match)
      settings.set(match[1]!.slice(0, longest), { text: match[2]!.slice(0, longest).trim(), place: { source, line } });
  }
  return settings;
}

/** Every document but those of profiles for tests and laptops; what a template engine fills in says nothing. */
function readYaml(source: Source): Settings {
  const settings: Settings = new Map();
  try {
    for (const { root } of parseYamlDocuments(source)) {
      const flat: Settings = new Map();
      flatten(root, "", source, flat, { left: mostTables });
      const profile = flat.get("spring.config.activate.on-profile") ?? flat.get("spring.profiles");
      if (profile && !/prod/.test(profile.text)) continue;
      for (const [key, value] of flat) settings.set(key, value);
    }
  } catch {
    return new Map();
  }
  return settings;
}

/** Anchors make a small file a tree of millions of tables: what comes after so many says nothing. */
const mostTables = 2_000;

function flatten(table: Table, prefix: string, source: Source, into: Settings, budget: { left: number }): void {
  if (budget.left-- <= 0) return;
  for (const [key, { value, offset }] of table) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (value instanceof Map) flatten(value, name, source, into, budget);
    else if (value !== null && !Array.isArray(value))
      into.set(name, { text: String(value).slice(0, longest), place: { source, line: source.position(offset).line } });
  }
}
