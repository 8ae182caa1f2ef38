import { posix } from "node:path";
import { connectionsArePostgres } from "./configs/appsettings";
import type { FileView } from "./file-view";
import { quietly } from "./quietly";
import { exampleSaysPostgres } from "./variables";
import { subView } from "./workspace";

/** Where apps that are told their database in a file of their own keep a sample of it. */
const folders = ["", "config", "conf", "configs", "etc", "custom/conf"];
const sampleFile =
  /^(?:config|conf|app|application|settings|appsettings|server|production|default)(?:[._-](?:sample|example|default|dist|template|production|docker))*\.(?:ya?ml|toml|ini|json)(?:[._-](?:sample|example|default|dist|template))?$/i;
const mostFiles = 8;
const longestFile = 200_000;

/** `type: postgres`, `DB_TYPE = "mysql"`, `"Provider": "POSTGRESQL"`; a line that is commented out says nothing. */
const setting =
  /^[ \t]*["']?(?:(?:db|database)[._-]?)?(?:type|driver|dialect|adapter|engine|client|provider|kind|backend)["']?[ \t]*[:=][ \t]*["']?(?:(postgres|postgresql|pgsql|pgx?)|mysql|mariadb|sqlite3?|mssql|sqlserver|oracle|h2|mongodb|better-sqlite3)\b/im;

const composeFile = /^(?:docker-)?compose(?:[._-](?:prod|production))?\.ya?ml$/;
/** `image: docker.io/library/postgres:17`; tools that look at databases are none. */
const databaseImage =
  /^[ \t]*image:[ \t]*["']?(?:[\w.:-]+\/)*(?:(postgres|postgresql|postgis|pgvector|timescaledb(?:-ha)?|cockroach)|mysql|mysql-server|mariadb|percona|server|sqlserver|azure-sql-edge|oracle-xe|oracle-free)(?=[:@"'\s]|$)/gim;

/**
 * Whether the app says in a sample of its config, in an example of its environment, or by the only database that its compose
 * file starts that it is PostgreSQL: in its own folder, at the root of its workspace, or in the `settings` that it takes along.
 */
export function saysPostgres(view: FileView, settings: readonly string[] = []): boolean {
  if (settings.slice(0, mostFiles).some((file) => fileSaysPostgres(view, file))) return true;
  const reachable = ["", "..", "../..", "../../.."].filter((up) => up === "" || view.kindOf(up) === "folder");
  return reachable
    .map((up) => subView(view, up))
    .some((one) => quietly(() => exampleSaysPostgres(one) || sampleSaysPostgres(one) || composeSaysPostgres(one)));
}

function composeSaysPostgres(view: FileView): boolean {
  const files = view.list("").filter((name) => composeFile.test(name));
  const images = files.slice(0, mostFiles).flatMap((file) => {
    const text = quietly(() => view.readText(file)) ?? "";
    return text.length <= longestFile ? [...text.matchAll(databaseImage)] : [];
  });
  return images.length > 0 && images.every(([, postgres]) => postgres !== undefined);
}

/** Of several settings in a file the first counts. */
function sampleSaysPostgres(view: FileView): boolean {
  const files = folders.flatMap((folder) => {
    const names = quietly(() => (folder === "" || view.kindOf(folder) === "folder" ? view.list(folder) : [])) ?? [];
    return names.filter((name) => sampleFile.test(name)).map((name) => posix.join(folder, name));
  });
  return files.slice(0, mostFiles).some((file) => fileSaysPostgres(view, file));
}

function fileSaysPostgres(view: FileView, file: string): boolean {
  const text = quietly(() => view.readText(file)) ?? "";
  if (text.length > longestFile) return false;
  const said = setting.exec(text);
  return said === null ? connectionsArePostgres(text) : said[1] !== undefined;
}
