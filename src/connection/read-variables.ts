/** What of a connection a variable holds: the whole of it in one of three ways of writing, or a part. */
export const variableParts = ["url", "jdbc", "keywords", "host", "port", "user", "password", "database"] as const;

/**
 * - `url`: as `DATABASE_URL`
 * - `jdbc`: `jdbc:postgresql://host:port/database?user=…&password=…`, over TCP alone
 * - `keywords`: `Host=…;Port=…;Username=…;Password=…;Database=…`, as .NET writes it
 */
export type VariablePart = (typeof variableParts)[number];

/** An environment variable that the app reads its connection from. */
export interface ReadVariable {
  name: string;
  part: VariablePart;
}

/**
 * Values for the variables that an app reads, from an environment that holds `DATABASE_URL` and the `PG*` variables. A
 * variable that the environment holds already, or that can't hold this connection, is left out.
 */
export function fillVariables(
  reads: readonly ReadVariable[],
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  const filled: Record<string, string> = {};
  for (const { name, part } of reads) {
    const value = Object.hasOwn(environment, name) ? undefined : partValue(part, environment);
    if (value !== undefined) filled[name] = value;
  }
  return filled;
}

function partValue(part: VariablePart, environment: Readonly<Record<string, string>>): string | undefined {
  const { DATABASE_URL: url, PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password } = environment;
  const { PGDATABASE: database } = environment;
  if (part === "url") return url;
  const all = { host, port, user, password, database };
  if (part !== "jdbc" && part !== "keywords") return all[part];
  if (Object.values(all).includes(undefined)) return undefined;
  if (part === "keywords") {
    const quoted = `"${password!.replaceAll('"', '""')}"`;
    return `Host=${host};Port=${port};Username=${user};Password=${quoted};Database=${database}`;
  }
  // It knows no sockets.
  if (host!.startsWith("/")) return undefined;
  const login = new URLSearchParams({ user: user!, password: password! });
  return `jdbc:postgresql://${host}:${port}/${database}?${login}`;
}

/** The `PG*` variables that a URL of a user's own says the same with; none where it is another database's. */
export function partsOfUrl(text: string): Record<string, string> {
  if (!/^postgres(?:ql)?(?:\+\w+)?:/i.test(text) || !URL.canParse(text)) return {};
  const url = new URL(text);
  const decoded = (part: string) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  };
  const parts = {
    PGHOST: url.searchParams.get("host") ?? decoded(url.hostname),
    PGPORT: url.port || (url.searchParams.get("port") ?? "5432"),
    PGUSER: decoded(url.username) || (url.searchParams.get("user") ?? ""),
    PGPASSWORD: decoded(url.password) || (url.searchParams.get("password") ?? ""),
    PGDATABASE: decoded(url.pathname.slice(1)),
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== ""));
}
