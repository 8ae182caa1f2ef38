import type { Table, TableDocument } from "../documents/document";
import { parseYamlDocuments } from "../documents/yaml";
import { Source } from "../place";
import type { ReadVariable, VariablePart } from "../types";
import type { ConfigReader } from "./config";
import { installs } from "./installed";

const file = "config/database.yml";
const parts: Readonly<Record<string, VariablePart>> = {
  ...{ url: "url", host: "host", port: "port", username: "user", password: "password", database: "database" },
};

/** `config/database.yml`: the section of production says which database; what Ruby computes in it is left open. */
export const rails: ConfigReader = {
  decides: "rails",
  read({ view, readings, faults }) {
    if (!installs(readings, ["rails", "railties", "activerecord", "sinatra-activerecord"])) return [];
    if (view.kindOf(file) !== "file") return [];
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
    // DATABASE_URL stands above the file's adapter.
    if (service === null && [...section.keys()].includes("url")) return [];
    const reads = Object.entries(parts).flatMap(([key, part]): ReadVariable[] => {
      const value = section.get(key)?.value;
      const name = typeof value === "string" ? variables.get(value) : undefined;
      return name === undefined ? [] : [{ name, part }];
    });
    return [{ service, variables: reads, place: { source, line: source.position(adapter.offset).line } }];
  },
};

/** With several databases it is the first, which Rails calls primary. */
function productionOf({ root }: TableDocument): Table | undefined {
  const section = (root.get("production") ?? root.get("default"))?.value;
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

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
