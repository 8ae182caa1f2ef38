import { posix } from "node:path";
import type { FileView } from "./file-view";

/** Where apps that are told their database in a file of their own keep a sample of it. */
const folders = ["", "config", "conf", "configs", "etc", "custom/conf"];
const sampleFile =
  /^(?:config|conf|app|application|settings|appsettings|server|production|default)(?:[._-](?:sample|example|default|dist|template|production|docker))*\.(?:ya?ml|toml|ini|json)(?:[._-](?:sample|example|default|dist|template))?$/i;
const mostFiles = 8;
const longestFile = 200_000;

/** `type: postgres`, `DB_TYPE = "mysql"`, `"Provider": "POSTGRESQL"`; a line that is commented out says nothing. */
const setting =
  /^[ \t]*["']?(?:(?:db|database)[._-]?)?(?:type|driver|dialect|adapter|engine|client|provider|kind|backend)["']?[ \t]*[:=][ \t]*["']?(?:(postgres|postgresql|pgsql|pgx?)|mysql|mariadb|sqlite3?|mssql|sqlserver|oracle|h2|mongodb|better-sqlite3)\b/im;

/** Whether a sample of the app's own config is set to PostgreSQL; of several settings in a file the first counts. */
export function sampleSaysPostgres(view: FileView): boolean {
  const files = folders.flatMap((folder) => {
    const names = quietly(() => (folder === "" || view.kindOf(folder) === "folder" ? view.list(folder) : []), []);
    return names.filter((name) => sampleFile.test(name)).map((name) => posix.join(folder, name));
  });
  return files.slice(0, mostFiles).some((file) => {
    const text = quietly(() => view.readText(file), "");
    return text.length <= longestFile && setting.exec(text)?.[1] !== undefined;
  });
}

/** What is no manifest's need not be sound. */
function quietly<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
