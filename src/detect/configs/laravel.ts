import { Source } from "../place";
import type { ReadVariable, Service } from "../types";
import type { AppFiles, ConfigReader, Decision } from "./config";
import { readFirstDotenv } from "./dotenv-files";
import { installs } from "./installed";

const connections: Readonly<Record<string, Service | null>> = {
  pgsql: "postgresql",
  mongodb: "mongodb",
  ...{ mysql: null, mariadb: null, sqlite: null, sqlsrv: null },
};

/** What `config/database.php` reads, as the framework comes. */
const variables: readonly ReadVariable[] = [
  { name: "DB_URL", part: "url" },
  { name: "DB_HOST", part: "host" },
  { name: "DB_PORT", part: "port" },
  { name: "DB_DATABASE", part: "database" },
  { name: "DB_USERNAME", part: "user" },
  { name: "DB_PASSWORD", part: "password" },
];

const redisUsers = [
  "CACHE_STORE",
  "CACHE_DRIVER",
  "SESSION_DRIVER",
  "QUEUE_CONNECTION",
  "BROADCAST_DRIVER",
  "BROADCAST_CONNECTION",
];

/** Laravel's: PHP's drivers come with PHP, so that the example of its environment is what says which one it is. */
export const laravel: ConfigReader = {
  decides: "laravel",
  read(app) {
    if (!installs(app.readings, ["laravel/framework", "laravel/lumen-framework"])) return [];
    const example = readFirstDotenv(app, [".env.production.example", ".env.example", ".env.dist", ".env.sample"]);
    const decisions: Decision[] = [];
    const connection = example?.entries.get("DB_CONNECTION");
    if (example && connection && Object.hasOwn(connections, connection.value)) {
      const service = connections[connection.value]!;
      decisions.push({
        service,
        variables: service === "postgresql" ? variables : [],
        place: example.placeOf(connection),
      });
    } else {
      decisions.push(...defaultConnection(app));
    }
    const redis = redisUsers.map((name) => example?.entries.get(name)).find((entry) => entry?.value === "redis");
    if (example && redis) decisions.push({ service: "redis", variables: [], place: example.placeOf(redis) });
    const others = redisUsers.flatMap((name) => example?.entries.get(name) ?? []);
    if (example && !redis && others.length > 1) {
      decisions.push({ service: null, without: "redis", variables: [], place: example.placeOf(others[0]!) });
    }
    return decisions;
  },
};

/** `'default' => env('DB_CONNECTION', 'pgsql')` */
function defaultConnection({ view, faults }: AppFiles): Decision[] {
  const file = "config/database.php";
  if (view.kindOf(file) !== "file") return [];
  const source = faults.collect(() => new Source(file, view.readText(file)), undefined);
  const match = source && /'default'\s*=>\s*env\(\s*'DB_CONNECTION'\s*,\s*'(\w+)'/.exec(source.text);
  if (!match || !Object.hasOwn(connections, match[1]!)) return [];
  const service = connections[match[1]!]!;
  const place = { source, line: source.position(match.index).line };
  return [{ service, variables: service === "postgresql" ? variables : [], place }];
}
