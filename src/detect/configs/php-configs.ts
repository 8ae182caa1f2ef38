import { Source } from "../place";
import type { Service } from "../types";
import type { AppFiles, ConfigReader, Decision } from "./config";
import { installs } from "./installed";

/** Where PHP's frameworks and migration tools keep their connection. */
const files = [
  ...["config/db.php", "app/Config/Database.php", "application/config/database.php", "config/app_local.example.php"],
  ...["config/app.php", "phinx.php", "phinx.yml", "config/autoload/global.php", "config/autoload/database.global.php"],
  ...["app/config/cycle.php", "config.default.php", "config/common/db.php"],
];

/** Their configs have readers of their own. */
const readByOthers = ["laravel/framework", "laravel/lumen-framework", "symfony/framework-bundle"];

const names: Readonly<Record<string, Service | null>> = {
  ...{ pgsql: "postgresql", pdo_pgsql: "postgresql", postgre: "postgresql", postgres: "postgresql" },
  postgresql: "postgresql",
  ...{ mysql: null, mysqli: null, pdo_mysql: null, mariadb: null, sqlite: null, sqlite3: null, pdo_sqlite: null },
  ...{ sqlsrv: null, sqlsrv_pdo: null, oci: null, oci8: null },
};

/** `'dsn' => 'pgsql:host=…'`, `'DBDriver' => 'Postgre'`, `'driver' => Postgres::class`, `adapter: pgsql`. */
const said =
  /^(?![ \t]*\*)(?:(?!#|\/\/).)*?(?:["']?(?:dsn|dbdriver|driver|adapter|DB_DRIVER|DATABASE_DRIVER)["']?\s*(?:=>|:|\]\s*=|,)\s*["']?(?:\w+\\)*(\w+)(?:["':]|$))/gim;

/** PHP's drivers come with PHP: outside of Laravel and Symfony too, it is the app's config that says which one it is. */
export const phpConfigs: ConfigReader = {
  decides: "php",
  read(app) {
    if (!app.readings.some(({ language }) => language === "php")) return [];
    if (installs(app.readings, readByOthers)) return [];
    for (const file of files) {
      if (app.view.kindOf(file) !== "file") continue;
      const decision = readConfig(app, file);
      if (decision !== undefined) return [decision];
    }
    return [];
  },
};

/** The first that is named counts: what follows are the settings of tests and other connections. */
function readConfig({ view, faults }: AppFiles, file: string): Decision | undefined {
  const source = faults.collect(() => new Source(file, view.readText(file)), undefined);
  if (source === undefined || source.text.length > 200_000) return undefined;
  for (const match of source.text.matchAll(said)) {
    const name = match[1]!.toLowerCase();
    if (!Object.hasOwn(names, name)) continue;
    const { line } = source.position(match.index + match[0].length - 1);
    return { service: names[name]!, variables: [], place: { source, line } };
  }
  return undefined;
}
