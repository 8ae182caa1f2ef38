import type { UrlForm } from "./url-form";

/** What an app needs to log in to its database over the server's unix socket. */
export interface Credentials {
  /** The database; it carries the app's id. */
  id: string;
  /** The login role; the app's own, which carries its id too, unless another is named. */
  user?: string | undefined;
  password: string;
  /** The folder that holds `.s.PGSQL.<port>`, absolute. */
  socketDirectory: string;
  port: number;
}

const defaultPort = 5432;
const loopback = "127.0.0.1";

/**
 * The app's connection URL in the form that its driver understands. No form carries `sslmode`: there is no TLS on a
 * socket, and asyncpg under SQLAlchemy rejects the word.
 */
export function buildDatabaseUrl(credentials: Credentials, form: UrlForm): string {
  const { socketDirectory, port } = credentials;
  const { id, user, password } = encodeLogin(credentials);
  const login = `${user}:${password}`;
  // The default port stays out of the forms that were measured without it.
  const hostPort = port === defaultPort ? "" : `:${port}`;
  const directory = encodeQuery(socketDirectory);
  switch (form) {
    case "query":
      return `postgresql:///${id}?host=${directory}&port=${port}&user=${user}&password=${password}`;
    case "localhost":
      return `postgresql://${login}@localhost${hostPort}/${id}?host=${directory}`;
    case "encoded":
      return `postgresql://${login}@${encode(socketDirectory)}${hostPort}/${id}`;
    case "hostless":
      return `postgresql://${login}@/${id}?host=${directory}${hostPort && `&port=${port}`}`;
    case "environment":
      return `postgresql:///${id}`;
  }
}

/** The `PG*` variables that go along with every form; libpq and most drivers read them. */
export function buildPgEnvironment(credentials: Credentials): Record<string, string> {
  return {
    PGHOST: credentials.socketDirectory,
    PGPORT: String(credentials.port),
    PGUSER: loginRole(credentials),
    PGPASSWORD: credentials.password,
    PGDATABASE: credentials.id,
  };
}

/**
 * The URL for a driver without socket support, through the bridge on `port` (`bridge.ts`). The bridge carries no TLS,
 * and Go's drivers insist on it unless they are told.
 */
export function buildBridgeUrl(credentials: Credentials, port: number): string {
  const { id, user, password } = encodeLogin(credentials);
  return `postgresql://${user}:${password}@${loopback}:${port}/${id}?sslmode=disable`;
}

/** The `PG*` variables beside `buildBridgeUrl`. */
export function buildBridgeEnvironment(credentials: Credentials, port: number): Record<string, string> {
  return { ...buildPgEnvironment(credentials), PGHOST: loopback, PGPORT: String(port), PGSSLMODE: "disable" };
}

/** The role that logs in. */
export function loginRole({ id, user }: Pick<Credentials, "id" | "user">): string {
  return user ?? id;
}

function encodeLogin(credentials: Credentials) {
  return {
    id: encode(credentials.id),
    user: encode(loginRole(credentials)),
    password: encode(credentials.password),
  };
}

/** Percent-encodes what `encodeURIComponent` leaves too: quotes and parentheses get lost when a URL is pasted. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A folder stays readable in a query: `/` needs no encoding there. */
function encodeQuery(text: string): string {
  return encode(text).replaceAll("%2F", "/");
}
