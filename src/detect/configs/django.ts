import { posix } from "node:path";
import { pythonTokens } from "../documents/python";
import type { Token } from "../documents/script";
import { Source } from "../place";
import type { ReadVariable, VariablePart } from "../types";
import type { AppFiles, ConfigReader, Decision } from "./config";
import { installs } from "./installed";

/** Of a folder of settings, those that production has, the most telling first. */
const settingsFiles = ["production.py", "prod.py", "base.py", "common.py", "defaults.py", "settings.py", "__init__.py"];
const parts: Readonly<Record<string, VariablePart>> = {
  ...{ HOST: "host", PORT: "port", USER: "user", PASSWORD: "password", NAME: "database" },
};
/** What makes a connection of a URL in the environment: the driver beside it decides. */
const urlReaders = new Set(["dj_database_url", "db", "db_url", "dj_db_url", "parse_database_url"]);

/** Django's settings: the engine of `DATABASES`. They are a program, of which the literal part is read. */
export const django: ConfigReader = {
  decides: "django",
  read(app) {
    if (!installs(app.readings, ["django"])) return [];
    const file = settingsOf(app);
    for (const one of file) {
      const source = app.faults.collect(() => new Source(one, app.view.readText(one)), undefined);
      const decided = source && readSettings(source);
      if (decided !== undefined) return decided;
    }
    return [];
  },
};

/** The settings that `manage.py` names, or the ones beside it. */
function settingsOf({ view, names, faults }: AppFiles): string[] {
  if (!names.includes("manage.py")) return [];
  const text = faults.collect(() => view.readText("manage.py"), "");
  const named = /DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']/.exec(text)?.[1];
  if (named === undefined) return [];
  const path = named.replaceAll(".", "/");
  const folder = view.kindOf(path) === "folder" ? path : posix.dirname(path);
  const inFolder = settingsFiles.map((name) => posix.join(folder, name));
  // `config.settings.local` is what runs on a laptop; its neighbours are what runs elsewhere.
  const candidates = posix.basename(folder) === "settings" ? inFolder : [`${path}.py`];
  return [...new Set([...candidates, `${path}.py`])].filter((file) => view.kindOf(file) === "file");
}

/** Undefined where the file says nothing of databases. */
function readSettings(source: Source): Decision[] | undefined {
  const tokens = [...pythonTokens(source.text)];
  const start = tokens.findIndex(({ kind, text }) => kind === "word" && text === "DATABASES");
  if (start === -1) return undefined;
  const engines: { text: string; offset: number }[] = [];
  const variables = new Map<string, ReadVariable>();
  for (let at = start; at < tokens.length; at++) {
    const { kind, text } = tokens[at]!;
    if (kind === "word" && urlReaders.has(text) && isCall(tokens, at)) return [];
    if (kind !== "string" || !isKey(tokens, at)) continue;
    const value = tokens[at + 2];
    if (text === "ENGINE" && value?.kind === "string") engines.push(value);
    const part = Object.hasOwn(parts, text) ? parts[text] : undefined;
    const name = part && variableAfter(tokens, at + 2);
    if (part && name && !variables.has(name)) variables.set(name, { name, part });
  }
  const postgres = engines.find(({ text }) => /postgresql|postgis|psqlextra|timescale|cockroach/.test(text));
  const decisive = postgres ?? engines.find(({ text }) => /sqlite|mysql|oracle|mssql/.test(text));
  if (decisive === undefined) return [];
  const place = { source, line: source.position(decisive.offset).line };
  return [{ service: postgres ? "postgresql" : null, variables: postgres ? [...variables.values()] : [], place }];
}

const isKey = (tokens: readonly Token[], at: number) => [":", "="].includes(tokens[at + 1]?.text ?? "");

/** `dj_database_url.config(`, `env.db(` */
function isCall(tokens: readonly Token[], at: number): boolean {
  const next = tokens[at + 1]?.text;
  return next === "(" || (next === "." && tokens[at + 3]?.text === "(");
}

/** `os.environ["X"]`, `os.environ.get("X")`, `os.getenv("X")`, `env("X")`, `config("X")`: the value up to its comma. */
function variableAfter(tokens: readonly Token[], from: number): string | undefined {
  const reading = new Set(["environ", "getenv", "env", "config", "get", "str"]);
  let reads = false;
  for (const { kind, text } of tokens.slice(from, from + 10)) {
    if (kind === "sign" && [",", "}", ")"].includes(text)) return undefined;
    if (kind === "word") reads ||= reading.has(text);
    if (kind === "string") return reads && /^[A-Za-z_]\w*$/.test(text) ? text : undefined;
  }
  return undefined;
}
