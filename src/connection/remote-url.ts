/** A login on a server that the app reaches over TCP. */
export interface RemoteLogin {
  /** The database and the login role. */
  id: string;
  password: string;
  host: string;
  port: number;
  /** libpq's `sslmode`. */
  sslmode: string;
}

/** The URL of an app's database on a managed or foreign server. */
export function buildRemoteUrl({ id, password, host, port, sslmode }: RemoteLogin): string {
  const bare = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `postgresql://${encodeURIComponent(id)}:${encodeURIComponent(password)}@${bare}:${port}/${encodeURIComponent(id)}?sslmode=${sslmode}`;
}

/** The `PG*` variables beside `buildRemoteUrl`. */
export function buildRemoteEnvironment({ id, password, host, port, sslmode }: RemoteLogin): Record<string, string> {
  return { PGHOST: host, PGPORT: String(port), PGUSER: id, PGPASSWORD: password, PGDATABASE: id, PGSSLMODE: sslmode };
}
