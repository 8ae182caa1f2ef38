const hidden = "***";

/** `jdbc:` is the one prefix that people paste in front of a scheme. */
const scheme = "(?:jdbc:)?[a-z][\\w+.-]*";

/** Schemes whose path is a database's name and whose user is no secret; of any other URL only scheme and host show. */
const databaseScheme = /^(?:jdbc:)?(?:postgres(?:ql)?(?:\+\w+)?|mysql2?|mariadb|mongodb(?:\+srv)?|rediss?)$/i;

/** Query parameters whose value may be shown; a new one is hidden until it stands here. */
const shownParameters = new Set([
  ...["host", "hostaddr", "port", "dbname", "user", "sslmode", "ssl", "sslnegotiation", "channel_binding"],
  ...["connect_timeout", "application_name", "target_session_attrs", "load_balance_hosts", "gssencmode"],
  ...["pgbouncer", "connection_limit", "pool_timeout", "schema", "search_path", "sslaccept", "uselibpqcompat"],
  ...["retryWrites", "w", "authSource", "authMechanism", "replicaSet", "appName", "tls", "directConnection"],
]);

/** Parameters known to hold a secret: their name shows, so that the reader sees where the password went. */
const secretParameters = new Set([
  "password",
  "sslpassword",
  "sslkey",
  "passfile",
  "token",
  "options",
  "oauth_client_secret",
]);

/**
 * A connection URL without its secrets: scheme, user, host, database and harmless parameters stay. Whatever does not
 * read clearly as a URL is hidden behind its scheme, and what has no scheme is hidden whole.
 *
 * `postgresql://ada:pw@db.example/notes?sslmode=require` → `postgresql://ada:***@db.example/notes?sslmode=require`
 */
export function redactUrl(text: string): string {
  const parts = splitUrl(text.trim());
  if (!parts) return hidden;
  return `${parts.scheme}://${redactRest(parts.scheme, parts.rest) ?? hidden}`;
}

/**
 * Free text, such as a driver's error, without the secrets in it: URLs are redacted, and so is what follows
 * `password=` and its like.
 * @param secrets values that are known to be secret and are hidden wherever they stand, raw or percent-encoded
 */
export function redactSecrets(text: string, secrets: readonly string[] = []): string {
  const known = secrets.filter((secret) => secret !== "").flatMap((secret) => [secret, encodeURIComponent(secret)]);
  // The longest first: one secret may be part of another.
  known.sort((a, b) => b.length - a.length);
  const rest = known.reduce((words, secret) => words.replaceAll(secret, hidden), text);
  return rest.replace(urlInText, redactFound).replace(assignmentInText, `$1${hidden}`);
}

/**
 * An app's variable as `env list` shows it without `--reveal`: a URL is redacted, the `PG*` variables that are no
 * secret stay, anything else is hidden. Names don't decide: nobody can list the names that hold secrets.
 */
export function redactValue(name: string, value: string): string {
  // A whole URL that got into one of them has a password like any other.
  if (value === "" || (openVariables.has(name) && !value.includes("://"))) return value;
  return redactUrl(value);
}

const openVariables = new Set(["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSSLMODE"]);

// A URL in free text ends at a space, unless an @ follows on its line: then the password may have held the space. The
// next URL, where one begins a word, ends it too.
const urlInText = new RegExp(
  `(?<![a-z0-9+.-])${scheme}://(?:(?:(?!(?<=\\s["'(<]?)${scheme}://)[^\\n])*@)?[^\\s]*`,
  "gi",
);
const assignmentInText =
  /((?:password|passwd|pwd|passphrase|token|secret|api[_-]?key)["']?\s*[=:]\s*)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s,;&]+)/gi;

function redactFound(found: string): string {
  const trailing = /["'`)>\].,;:!?]*$/.exec(found)?.[0] ?? "";
  return redactUrl(found.slice(0, found.length - trailing.length)) + trailing;
}

function splitUrl(text: string): { scheme: string; rest: string } | undefined {
  const match = new RegExp(`^(${scheme})://(.*)$`, "is").exec(text);
  return match?.[1] === undefined ? undefined : { scheme: match[1], rest: match[2] ?? "" };
}

const port = "(?::\\d{1,5})?";
const host = `(?:[\\w.~%-]*|\\[[0-9a-f:.%]+\\])${port}`;
const restPattern = new RegExp(
  "^(?:(?<user>[^:/?#@\\s\"'<>]*)(?<password>:[^@]*)?@)?" +
    `(?<hosts>${host}(?:,${host})*)` +
    "(?:/(?<path>[\\w.~%+/=,;:!$&()*-]*))?" +
    "(?:\\?(?<query>[^#@\\s]*))?$",
  "i",
);

/** Undefined when in doubt: a second @, a stray character, a port that is none. */
function redactRest(name: string, rest: string): string | undefined {
  const groups = restPattern.exec(rest)?.groups;
  if (!groups) return undefined;
  const { user, password, hosts = "", path, query } = groups;
  if (/%3a|%40/i.test(user ?? "")) return undefined;
  // A password with a raw / ? or # moves every boundary that follows it.
  if (password !== undefined && /[/?#\s]/.test(password)) return undefined;
  if (!databaseScheme.test(name)) {
    const login = user === undefined ? "" : `${hidden}@`;
    return `${login}${hosts}${path || query ? `/${hidden}` : path === "" ? "/" : ""}`;
  }
  if (path !== undefined && !/^[\w.~%+-]*$/.test(path)) return undefined;
  // In front of Redis's @ a lone word is mostly the password without its colon.
  const shownUser = password === undefined && user && /^rediss?$/i.test(name) ? hidden : user;
  const login = user === undefined ? "" : `${shownUser}${password === undefined ? "" : `:${hidden}`}@`;
  return `${login}${hosts}${path === undefined ? "" : `/${path}`}${query ? `?${redactQuery(query)}` : ""}`;
}

function redactQuery(query: string): string {
  return query
    .split("&")
    .map((item) => {
      const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(item) ?? [];
      if (secretParameters.has(name.toLowerCase())) return `${name}=${hidden}`;
      return shownParameters.has(name) && /^[\w.~%/,:+-]*$/.test(value) ? item : hidden;
    })
    .join("&");
}
