import { parseJsonDocument } from "./documents/json";
import type { FileView } from "./file-view";
import { type Place, Source } from "./place";
import { quietly } from "./quietly";

/** A name that one of the app's files reads from its environment. */
interface ReadName {
  name: string;
  place: Place;
}

/** Where apps connect to their database, by custom and by their frameworks' guides. */
const connectingFiles = [
  ...[
    "config/database",
    "src/config/database",
    "src/database",
    "config/db",
    "src/config/db",
    "src/db",
    "db",
    "src/db/index",
    "db/index",
  ],
  ...[
    "lib/db",
    "src/lib/db",
    "server/db",
    "src/config",
    "config/index",
    "src/config/index",
    "config/env/production/database",
  ],
].flatMap((path) => [`${path}.ts`, `${path}.js`]);
const otherFiles = [
  ...[
    "config.py",
    "database.py",
    "settings.py",
    "app/config.py",
    "app/database.py",
    "app/core/config.py",
    "app/db.py",
    "src/config.py",
  ],
  ...[
    "main.go",
    "config/config.go",
    "internal/config/config.go",
    "db/db.go",
    "src/main.rs",
    "Sources/App/configure.swift",
    "src/config.rs",
    "src/db.rs",
  ],
  ...["config/database.php", "app.rb", "config/environment.rb"],
];

const longestFile = 200_000;

/** `process.env.X`, `env("X")`, `env.get("X")`, `os.environ["X"]`, `os.Getenv("X")`, `env::var("X")`, `ENV["X"]`. */
const read =
  /\b(?:process|meta)\.env(?:\.([A-Za-z_]\w{0,80})|\[["']([A-Za-z_]\w{0,80})["'])|\b(?:env|ENV|environ|os|config|Environment)(?:(?:\.|::)\w{1,20})?[([]["']([A-Za-z_]\w{0,80})["']|\bgetenv\(["']([A-Za-z_]\w{0,80})["']/g;

/** The names that the files read in which apps connect to their databases. */
export function readNames(view: FileView): ReadName[] {
  return [...connectingFiles, ...otherFiles].flatMap((file) => {
    const source = quietly(() => (view.kindOf(file) === "file" ? new Source(file, view.readText(file)) : undefined));
    if (source === undefined || source.text.length > longestFile) return [];
    return [...source.text.matchAll(read)].map((match) => {
      const name = match.slice(1).find((one) => one !== undefined)!;
      return { name, place: { source, line: source.position(match.index).line } };
    });
  });
}

/** .NET's connection strings that are PostgreSQL's: `ConnectionStrings__Default` stands above the one in the file. */
export function readConnectionStrings(view: FileView, names: readonly string[]): ReadName[] {
  const files = names.filter((name) => /^appsettings(\.Production)?\.json$/i.test(name));
  return files.flatMap((file) => {
    const document = quietly(() => parseJsonDocument(new Source(file, view.readText(file)), "with comments"));
    const table = document && quietly(() => document.table("ConnectionStrings"));
    if (!document || !table) return [];
    return [...table].flatMap(([key, wanted]) => {
      const isPostgres = typeof wanted.value === "string" && /\b(Host|Username)\s*=/i.test(wanted.value.slice(0, 1000));
      return isPostgres && /^\w+$/.test(key)
        ? [{ name: `ConnectionStrings__${key}`, place: document.place(wanted) }]
        : [];
    });
  });
}

/** The add-ons that `app.json` orders of a platform: `heroku-postgresql:essential-0`. */
export function readAddons(view: FileView, names: readonly string[]): { addon: string; place: Place }[] {
  if (!names.includes("app.json")) return [];
  const document = quietly(() => parseJsonDocument(new Source("app.json", view.readText("app.json"))));
  const addons = document?.root.get("addons")?.value;
  if (!document || !Array.isArray(addons)) return [];
  return addons.flatMap((one) => {
    const plan = one.value instanceof Map ? one.value.get("plan")?.value : one.value;
    return typeof plan === "string" ? [{ addon: plan.split(":", 1)[0]!, place: document.place(one) }] : [];
  });
}
