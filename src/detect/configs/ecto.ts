import { posix } from "node:path";
import type { FileView } from "../file-view";
import { Source } from "../place";
import { quietly } from "../quietly";
import type { Service } from "../types";
import type { ConfigReader, Decision } from "./config";
import { installs } from "./installed";

const adapters: Readonly<Record<string, Service | null>> = {
  Postgres: "postgresql",
  ...{ MyXQL: null, MySQL: null, Tds: null, SQLite3: null, LibSQL: null },
};

/** `adapter: Ecto.Adapters.Postgres`; an attribute of the module or the configuration may compute it. */
const adapterOf = /^[^#\n]*\badapter:?\s*(?:=>\s*)?Ecto\.Adapters\.(\w+)/m;
const mostRepos = 12;

/** Ecto: the adapter of the app's repository, which is compiled in. With several it is the first that is PostgreSQL's. */
export const ecto: ConfigReader = {
  decides: "ecto",
  read(app) {
    if (!installs(app.readings, ["ecto_sql", "phoenix_ecto"])) return [];
    const said = repositories(app.view).flatMap((file) => {
      return quietly(() => readRepository(new Source(file, app.view.readText(file)))) ?? [];
    });
    const decisive = said.find(({ service }) => service === "postgresql") ?? said[0];
    return decisive === undefined ? [] : [decisive];
  },
};

function readRepository(source: Source): Decision | undefined {
  const match = adapterOf.exec(source.text);
  if (match === null || !Object.hasOwn(adapters, match[1]!)) return undefined;
  const line = source.position(match.index + match[0].length - 1).line;
  return { service: adapters[match[1]!]!, variables: [], place: { source, line } };
}

/** `lib/notes/repo.ex`, and the folder of several beside it. */
function repositories(view: FileView): string[] {
  const folders = ["lib", ...listed(view, "lib").map((name) => posix.join("lib", name))].slice(0, mostRepos * 2);
  const files = folders.flatMap((folder) =>
    listed(view, folder)
      .filter((name) => /repo\.ex$/.test(name))
      .map((name) => posix.join(folder, name)),
  );
  return files.filter((file) => view.kindOf(file) === "file").slice(0, mostRepos);
}

const listed = (view: FileView, folder: string) =>
  (view.kindOf(folder) === "folder" && quietly(() => view.list(folder))) || [];
