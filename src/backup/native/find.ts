import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { LeashError } from "../../errors";

/** A folder with pg_dump and pg_restore that run here. */
export interface NativeClient {
  bin: string;
  /** "18.6" */
  version: string;
  major: number;
}

const programs = ["pg_dump", "pg_restore"];

/** Where packagers put PostgreSQL's programs, each a folder of versions. */
const packaged: [folder: string, bin: (version: string) => string | undefined][] = [
  ["/usr/lib/postgresql", (version) => `${version}/bin`],
  ["/usr", (name) => (name.startsWith("pgsql-") ? `${name}/bin` : undefined)],
  ["/opt/homebrew/opt", (name) => (/^(libpq|postgresql@\d+)$/.test(name) ? `${name}/bin` : undefined)],
  ["/usr/local/opt", (name) => (/^(libpq|postgresql@\d+)$/.test(name) ? `${name}/bin` : undefined)],
];

/**
 * Finds PostgreSQL's client programs: LEASH_POSTGRES_CLIENT_BIN alone where it is set, else those of LEASH_POSTGRES_BIN,
 * of PATH, and where packagers put them. The newest comes first.
 * @throws LeashError `backup/bad-client` for a LEASH_POSTGRES_CLIENT_BIN that holds none
 */
export function findNativeClients(environment: NodeJS.ProcessEnv = process.env): NativeClient[] {
  const configured = environment.LEASH_POSTGRES_CLIENT_BIN;
  if (configured) {
    const client = inspect(path.resolve(configured));
    if (client) return [client];
    throw new LeashError("backup/bad-client", `${configured} holds no pg_dump and pg_restore that run here.`, {
      hint: "LEASH_POSTGRES_CLIENT_BIN must name a folder such as /usr/lib/postgresql/18/bin, or be unset.",
    });
  }
  const folders = [
    ...(environment.LEASH_POSTGRES_BIN ? [path.resolve(environment.LEASH_POSTGRES_BIN)] : []),
    ...(environment.PATH ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder)),
    ...packaged.flatMap(([folder, bin]) =>
      namesIn(folder).flatMap((name) => {
        const inside = bin(name);
        return inside === undefined ? [] : path.join(folder, inside);
      }),
    ),
  ];
  const clients = [...new Set(folders)].flatMap((folder) => inspect(folder) ?? []);
  return clients.sort((a, b) => b.version.localeCompare(a.version, undefined, { numeric: true }));
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function inspect(bin: string): NativeClient | undefined {
  if (!programs.every((program) => fs.existsSync(path.join(bin, program)))) return undefined;
  try {
    const words = execFileSync(path.join(bin, "pg_dump"), ["--version"], {
      encoding: "utf8",
      cwd: "/",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [, version, major] = /\(PostgreSQL\) ((\d+)\S*)/.exec(words) ?? [];
    return version && major ? { bin, version, major: Number(major) } : undefined;
  } catch {
    return undefined;
  }
}
