const url = "(?:jdbc:)?[a-z][a-z0-9+.-]*://";

/** What people copy along with a URL, as long as a URL follows at once. */
const prefixes = [
  /** `psql '…'`, `psql -d …` */
  new RegExp(`^(?:\\$\\s+)?psql\\s+(?:-d\\s+|--dbname[=\\s]\\s*)?(?=["'\`]?${url})`, "i"),
  /** `mongosh "…"` */
  /^(?:\$\s+)?(?:mongosh|mongo)\s+(?=["'`]?mongodb(?:\+srv)?:\/\/)/i,
  /** `DATABASE_URL=…`, `export DATABASE_URL=…` */
  new RegExp(`^(?:\\$\\s+)?(?:(?:export|set|ENV)\\s+)?[a-z_]\\w*\\s*=\\s*(?=["'\`“‘]?${url})`, "i"),
  /** `DATABASE_URL: …`, `"DATABASE_URL": "…"`; without a space or quotes it may be `jdbc:`. */
  new RegExp(`^(?:[a-z_]\\w*:\\s+|(["'])[a-z_]\\w*\\1\\s*:\\s*)(?=["'\`“‘]?${url})`, "i"),
];

/** `redis-cli -u …`, `redis-cli --tls -u …`: TLS is what the other scheme says. */
const redisCommand =
  /^(?:\$\s+)?redis-cli\s+(--tls\s+)?(?:(?:-u|--uri)\s+)?(--tls\s+)?(["'`]?)(rediss?:\/\/[^\s"'`]+)\3(\s+--tls)?$/i;

/** With what may follow the closing one: a line of JSON, JavaScript or a shell. */
const quotes = [
  /^"([^"]*)"[,;]?$/,
  /^'([^']*)'[,;]?$/,
  /^`([^`]*)`[,;]?$/,
  /^“([^”]*)”$/,
  /^‘([^’]*)’$/,
  /^<([^<>]*)>$/,
];

// No space to String.trim, and invisible to whoever pasted it.
const invisible = /[\u200b-\u200d\u2060\ufeff]/g;

/**
 * The URL in a pasted line: without the spaces, the quotes and the variable's name or `psql` around it. What can't be
 * told apart from the URL itself stays.
 */
export function unwrapPastedText(text: string): string {
  let current = text.replace(invisible, "").trim();
  for (;;) {
    const next = unwrapOnce(current).trim();
    if (next === current) return current;
    current = next;
  }
}

function unwrapOnce(text: string): string {
  const [, before, between, , redis, behind] = redisCommand.exec(text) ?? [];
  if (redis) return before || between || behind ? redis.replace(/^redis:/i, "rediss:") : redis;
  for (const prefix of prefixes) if (prefix.test(text)) return text.replace(prefix, "");
  for (const quote of quotes) {
    const inner = quote.exec(text)?.[1];
    if (inner !== undefined) return inner;
  }
  return text;
}
