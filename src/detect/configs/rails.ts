import type { Table, TableDocument } from "../documents/document";
import { parseYamlDocuments } from "../documents/yaml";
import type { FileView } from "../file-view";
import { Source } from "../place";
import { quietly } from "../quietly";
import type { ReadVariable, VariablePart } from "../types";
import type { ConfigReader } from "./config";
import { installs } from "./installed";

/**
 * The config; where it is the operator's to write, the sample that the app brings along for it, be it in a folder of
 * samples; the one that is named for its database counts where there is one.
 */
const config = "config/database.yml";
const folders = ["config", "config/database", "config/examples", "config/samples"];
const sample =
  /^(?:(?:example|sample|default)[._-]database|database(?:[._-](?:example|sample|dist|template|default|tpl|dev|docker))?)\.ya?ml(?:[._-](?:example|sample|dist|template|default|tpl|erb))?$/;
const sampleOfOne = /^database\.(?:ya?ml[._-])?(?:pg|pgsql|postgres|postgresql|mysql2?|sqlite3?)(?:\.ya?ml)?$/;
const parts: Readonly<Record<string, VariablePart>> = {
  ...{ url: "url", host: "host", port: "port", username: "user", password: "password", database: "database" },
};

/** `config/database.yml` or its sample: the section of production says which database; what Ruby computes in it is left open. */
export const rails: ConfigReader = {
  decides: "rails",
  read({ view, readings, faults }) {
    if (!installs(readings, ["rails", "railties", "activerecord", "sinatra-activerecord"])) return [];
    const file = findConfig(view);
    if (file === undefined) return [];
    const source = faults.collect(() => new Source(file, view.readText(file)), undefined);
    if (source === undefined) return [];
    const { text, variables, defaults } = withoutRuby(source.text);
    // Ruby may write YAML of its own there: what can't be read says nothing.
    const [document] = quietly(() => parseYamlDocuments(new Source(file, text))) ?? [];
    const section = document && productionOf(document);
    const adapter = section?.get("adapter");
    if (!section || typeof adapter?.value !== "string") return [];
    const name = variables.has(adapter.value) ? defaults.get(adapter.value) : adapter.value;
    if (name === undefined) return [];
    const service = /^(postgresql|postgis|cockroachdb)$/.test(name) ? "postgresql" : null;
    // DATABASE_URL stands above the file's adapter, and what one develops with says nothing of production.
    if (service === null && (section.has("url") || !hasProduction(document))) return [];
    const reads = Object.entries(parts).flatMap(([key, part]): ReadVariable[] => {
      const value = section.get(key)?.value;
      const name = typeof value === "string" ? variables.get(value) : undefined;
      return name === undefined ? [] : [{ name, part }];
    });
    return [{ service, variables: reads, place: { source, line: source.position(adapter.offset).line } }];
  },
};

function findConfig(view: FileView): string | undefined {
  if (view.kindOf(config) === "file") return config;
  for (const folder of folders) {
    const names = view.kindOf(folder) === "folder" ? (quietly(() => view.list(folder)) ?? []) : [];
    const ofOne = names.filter((name) => sampleOfOne.test(name));
    const found = names.find((name) => sample.test(name)) ?? (ofOne.length === 1 ? ofOne[0] : undefined);
    if (found !== undefined) return `${folder}/${found}`;
  }
  return undefined;
}

const hasProduction = ({ root }: TableDocument) => root.has("production") || root.has("default");

/** With several databases it is the first, which Rails calls primary. */
function productionOf({ root }: TableDocument): Table | undefined {
  const section = (root.get("production") ?? root.get("default") ?? root.get("development"))?.value;
  if (!(section instanceof Map)) return undefined;
  if (section.has("adapter") || section.has("url")) return section;
  const primary = (section.get("primary") ?? [...section.values()][0])?.value;
  return primary instanceof Map ? primary : section;
}

interface Plain {
  text: string;
  /** By word: the variable that the Ruby reads. */
  variables: Map<string, string | undefined>;
  /** By word: the adapter that it gives where the variable is not set, `ENV["ADAPTER"] || "mysql2"`. */
  defaults: Map<string, string | undefined>;
}

const adapterWord = /["'](postgresql|postgis|cockroachdb|mysql2|trilogy|sqlite3)["']/g;

/** Ruby as words of the same length, so that offsets stay. */
function withoutRuby(text: string): Plain {
  const variables: Plain["variables"] = new Map();
  const defaults: Plain["defaults"] = new Map();
  const pieces: string[] = [];
  let from = 0;
  for (let start = text.indexOf("<%"); start !== -1; start = text.indexOf("<%", from)) {
    const end = text.indexOf("%>", start + 2);
    if (end === -1) break;
    const whole = text.slice(start, end + 2);
    pieces.push(text.slice(from, start));
    from = end + 2;
    if (!whole.startsWith("<%=")) {
      pieces.push(whole.replace(/[^\n]/g, " "));
      continue;
    }
    const word = `r${variables.size.toString(36)}`.padEnd(whole.length, "_").slice(0, whole.length);
    variables.set(word, /\bENV(?:\.fetch\(\s*|\[)["']([A-Za-z_]\w*)["']/.exec(whole)?.[1]);
    defaults.set(word, [...whole.matchAll(adapterWord)].at(-1)?.[1]);
    pieces.push(word);
  }
  return { text: [...pieces, text.slice(from)].join(""), variables, defaults };
}
