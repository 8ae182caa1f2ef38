import { type ServiceName, serviceOfScheme, services } from "./services";
import type { UrlFault } from "./url-faults";

/** What to say to the URLs that people paste in place of a connection string. */
interface ForeignUrl {
  readonly url: RegExp;
  /** The service that was meant; a word about it is of no use under another's variable. */
  readonly service?: ServiceName;
  readonly message: string;
  readonly hint: string;
  /** Some library takes it, which may be the app's. */
  readonly works?: true;
}

const anyVariable = "It belongs under the variable that your app reads it from.";
const meant = "That is right where your app reads such a one from this variable.";

/** The addresses of a provider's website and API. */
const website = (...domains: string[]) =>
  new RegExp(`^(?:https?|wss?)://(?:[^/@?#\\s]*@)?(?:[\\w-]+\\.)*(?:${domains.join("|")})(?:[:/?#]|$)`, "i");

/** The first that fits counts. */
const foreignUrls: readonly ForeignUrl[] = [
  {
    url: /^jdbc:postgresql:\/\//i,
    message: "That is a JDBC URL, which only Java understands.",
    hint: `Leave out jdbc: and put the user and the password in front of the host: ${services.postgresql.example}.`,
    works: true,
  },
  {
    url: website("supabase\\.(?:co|com)"),
    message: "That is the address of Supabase's API or dashboard, not of the database.",
    hint: "Take the URI under Connect in Supabase's dashboard; it begins with postgresql://.",
  },
  {
    url: website("neon\\.(?:tech|com)"),
    message: "That is the address of Neon's console or API, not of the database.",
    hint: "Take the connection string under Connect in Neon's console; it begins with postgresql://.",
  },
  {
    url: website("upstash\\.io", "kv\\.vercel-storage\\.com"),
    message: "That is the address of Upstash's REST API, which only Upstash's own client speaks.",
    hint: `Take the one that begins with rediss:// (TCP) from Upstash's console: ${services.redis.example}. REST has UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN for itself.`,
  },
  {
    url: website("upstash\\.com"),
    message: "That is the address of Upstash's console, not of the database.",
    hint: "Take the one that begins with rediss:// (TCP) from the database's page there.",
  },
  {
    url: website("redislabs\\.com", "redis-cloud\\.com", "redis\\.(?:io|com)"),
    message: "That is the address of Redis Cloud's console or API, not of the database.",
    hint: "Take the one that begins with redis:// under Connect, Redis client, in Redis Cloud's console.",
  },
  {
    url: website("mongodb-api\\.com"),
    message: "That is the address of Atlas's Data API, not of the database.",
    hint: "Take the one that begins with mongodb+srv:// under Connect, Drivers, in Atlas.",
  },
  {
    url: website("mongodb\\.(?:com|net)"),
    message: "That is the address of Atlas's website or API, not of the database.",
    hint: "Take the one that begins with mongodb+srv:// under Connect, Drivers, in Atlas.",
  },
  {
    url: /^jdbc:(?:mongodb(?:\+srv)?|rediss?):/i,
    message: "That is a JDBC URL, which only Java understands.",
    hint: "Leave out jdbc:.",
  },
  {
    url: /^prisma(?:\+postgres)?:\/\//i,
    message: "That is a Prisma Accelerate URL, which only Prisma understands.",
    hint: "Take the direct one that begins with postgres://.",
    works: true,
  },
  {
    url: /^(?:postgis|postgresql-psycopg2|postgres-psycopg2|pgsql|ecto|cockroach(?:db)?(?:\+\w+)?|timescale(?:gis)?|redshift(?:\+\w+)?):\/\//i,
    service: "postgresql",
    message: "That scheme is understood by some libraries alone.",
    hint: "Write postgresql:// in its place if the server is PostgreSQL.",
    works: true,
  },
  {
    url: /^(?:redis-sentinel|redis-cluster|rediss-cluster|redis\+\w+|rediss\+\w+|valkeys?|keydb|unix):\/\//i,
    service: "redis",
    message: "That scheme is understood by some libraries alone.",
    hint: "Write redis:// in its place, or rediss:// with TLS, and one server's host.",
    works: true,
  },
];

/** Databases that leash knows by their scheme alone. */
const otherDatabases: readonly [scheme: RegExp, name: string][] = [
  [/^(?:jdbc:)?(?:mysql2?|mariadb|mysqlx?|tidb)(?:\+\w+)?:\/\//i, "a MySQL"],
  [/^(?:jdbc:)?(?:sqlserver|mssql)(?:\+\w+)?:\/\//i, "an SQL Server"],
  [/^(?:sqlite3?(?:\+\w+)?|file|libsql):/i, "a SQLite"],
];

/**
 * The fault of a text that is no URL of the service that it is to be one of. `DATABASE_URL` is what apps on any database
 * read theirs from, so that it may be right there all the same.
 */
export function foreignFault(text: string, service: ServiceName): UrlFault {
  return foreignSchemeFault(text, service) ?? notAUrlFault(text, service);
}

/** Undefined when it is no URL at all. */
function foreignSchemeFault(text: string, service: ServiceName): UrlFault | undefined {
  const scheme = schemeOf(text);
  const other = scheme === undefined ? undefined : serviceOfScheme(scheme.replace(/(?<=^postgres(?:ql)?)\+.*/, ""));
  if (other && other !== service) return wrongService(other, service);
  const { title, schemes } = services[service];
  const wrongScheme = (message: string, hint: string, advice?: string): UrlFault => ({
    ...{ code: "url/wrong-scheme", message, hint },
    ...(advice && { advice }),
  });
  const isAnyDatabases = service === "postgresql";
  const foreign = foreignUrls.find((row) => (row.service ?? service) === service && row.url.test(text));
  if (foreign) {
    const { message, hint, works } = foreign;
    return wrongScheme(message, hint, works && (isAnyDatabases || foreign.service) ? `${message} ${hint}` : undefined);
  }
  const ifMeant = (message: string) => (isAnyDatabases ? `${message} ${meant}` : undefined);
  const database = otherDatabases.find(([url]) => url.test(text))?.[1];
  if (database) {
    const message = `That is ${database} URL, not ${title}'s.`;
    return wrongScheme(message, anyVariable, ifMeant(message));
  }
  if (scheme === undefined) return undefined;
  if (/^(?:https?|wss?)$/.test(scheme)) {
    return wrongScheme(
      "That is a web address, not a connection string.",
      `Take the one that begins with ${schemes[0]}:// from the provider's dashboard.`,
    );
  }
  const all = schemes.map((one) => `${one}://`).join(" or ");
  const message = `That is not a ${title} URL.`;
  return wrongScheme(message, `One begins with ${all}. ${anyVariable}`, ifMeant(message));
}

/** In lower case, without `://`; undefined where there is none. */
export function schemeOf(text: string): string | undefined {
  return /^([a-z][\w+.-]{0,40}):\/\//i.exec(text)?.[1]?.toLowerCase();
}

function wrongService(found: ServiceName, wanted: ServiceName): UrlFault {
  return {
    code: "url/wrong-service",
    message: `That is a ${services[found].title} URL, and ${services[wanted].variable} is for ${services[wanted].title}.`,
    hint: `It belongs in ${services[found].variable}.`,
  };
}

/** What a text without a scheme may be. The first that fits counts. */
const otherTexts: readonly {
  text: RegExp;
  message?: string;
  hint: (example: string) => string;
  /** Some library takes it. */
  works?: true;
}[] = [
  {
    text: /\bUPSTASH_REDIS_REST_|\bKV_REST_API_/,
    message: "Those are the values of Upstash's REST API, not a connection URL.",
    hint: (example) => `Take the one that begins with rediss:// (TCP) from Upstash's console: ${example}.`,
  },
  {
    text: /^(?:\$\s+)?redis-cli\s/i,
    message: "That is a call of redis-cli whose options are no URL.",
    hint: (example) => `The same as a URL reads ${example}.`,
  },
  {
    text: /^(?:\$\s+)?(?:psql|mongosh|mongo|mongodump)\s/i,
    message: "That is a command, not a connection URL.",
    hint: (example) => `Paste the URL in it alone, with the password put in: ${example}.`,
  },
  {
    text: /\b(?:host|dbname|user|Server|Data Source|password|ssl)\s*=/i,
    hint: (example) => `It is written as names and values; as a URL it reads ${example}.`,
    works: true,
  },
  {
    text: /^[\w-]+(?:\.[\w-]+)*:\d{1,5}$/,
    message: "That is a host and a port, not a connection URL.",
    hint: (example) => `The user and the password belong to it: ${example}.`,
  },
  {
    text: /^(?=.*\d)(?=.*[A-Z])[\w+/-]{24,}={0,2}$/,
    message: "That looks like a token or a password, not like a connection URL.",
    hint: (example) => `A whole one reads ${example}; copy it from the provider's dashboard.`,
  },
];

function notAUrlFault(text: string, service: ServiceName): UrlFault {
  const { example } = services[service];
  const found = otherTexts.find((other) => other.text.test(text));
  const message = found?.message ?? "That is not a connection URL.";
  const hint = found?.hint(example) ?? `One reads ${example}; copy it from the provider's dashboard.`;
  const advice = found?.works && service === "postgresql" ? { advice: `${message} ${hint}` } : {};
  return { code: "url/not-a-connection-string", message, hint, ...advice };
}
