import type { UrlFault } from "./libpq-uri";
import { type ServiceName, serviceOfScheme, services } from "./services";

/** What to say to the URLs that people paste in place of PostgreSQL's. */
interface ForeignUrl {
  readonly url: RegExp;
  readonly message: string;
  readonly hint: string;
}

const anyVariable = "`leash env set NAME` stores any other URL under the variable that your app reads.";
const asItIs = "`leash env set DATABASE_URL` stores it as it is, unchecked.";

/** The first that fits counts. */
const foreignUrls: readonly ForeignUrl[] = [
  {
    url: /^jdbc:postgresql:\/\//i,
    message: "That is a JDBC URL, which only Java understands.",
    hint: "Leave out jdbc: and put the user and the password in front of the host: postgresql://USER:PASSWORD@HOST:5432/DATABASE.",
  },
  {
    url: /^https?:\/\/(?:[\w-]+\.)*supabase\.(?:co|com)(?:[:/?]|$)/i,
    message: "That is the address of Supabase's API or dashboard, not of the database.",
    hint: "Take the URI under Connect in Supabase's dashboard; it begins with postgresql://.",
  },
  {
    url: /^https?:\/\/(?:[\w-]+\.)*neon\.(?:tech|com)(?:[:/?]|$)/i,
    message: "That is the address of Neon's console or API, not of the database.",
    hint: "Take the connection string under Connect in Neon's console; it begins with postgresql://.",
  },
  {
    url: /^https?:\/\//i,
    message: "That is a web address, not a connection string.",
    hint: "Take the one that begins with postgresql:// from the provider's dashboard.",
  },
  {
    url: /^prisma(?:\+postgres)?:\/\//i,
    message: "That is a Prisma Accelerate URL, which only Prisma understands.",
    hint: `Take the direct one that begins with postgres://; or ${asItIs}`,
  },
  {
    url: /^(?:postgis|postgresql-psycopg2|postgres-psycopg2|pgsql|cockroachdb|timescale|redshift):\/\//i,
    message: "That scheme is understood by one library alone.",
    hint: `Write postgresql:// in its place if the server is PostgreSQL; or ${asItIs}`,
  },
  {
    url: /^(?:jdbc:)?(?:mysql2?|mariadb|mysqlx?|tidb)(?:\+\w+)?:\/\//i,
    message: "That is a MySQL URL, not PostgreSQL's.",
    hint: anyVariable,
  },
  {
    url: /^(?:jdbc:)?(?:sqlserver|mssql)(?:\+\w+)?:\/\//i,
    message: "That is an SQL Server URL, not PostgreSQL's.",
    hint: anyVariable,
  },
  {
    url: /^(?:sqlite3?(?:\+\w+)?|file|libsql):/i,
    message: "That is a SQLite URL, not PostgreSQL's.",
    hint: anyVariable,
  },
];

/** The fault of a text that is a URL, but none of PostgreSQL; undefined when it is no URL. */
export function foreignSchemeFault(text: string): UrlFault | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  const service = scheme === undefined ? undefined : serviceOfScheme(scheme);
  if (service) return wrongService(service);
  const foreign = foreignUrls.find(({ url }) => url.test(text));
  if (foreign) return { code: "url/wrong-scheme", message: foreign.message, hint: foreign.hint };
  if (scheme === undefined) return undefined;
  return {
    code: "url/wrong-scheme",
    message: "That is not a PostgreSQL URL.",
    hint: `One begins with postgresql:// or postgres://. ${anyVariable}`,
  };
}

function wrongService(service: ServiceName): UrlFault {
  const { title, variable } = services[service];
  return {
    code: "url/wrong-service",
    message: `That is a ${title} URL, and ${services.postgresql.variable} is for ${services.postgresql.title}.`,
    hint: `It belongs in ${variable}: \`leash env set ${variable}\` stores it.`,
  };
}

/** The fault of a text without a scheme. */
export function notAUrlFault(text: string): UrlFault {
  return {
    code: "url/not-a-connection-string",
    message: "That is not a connection URL.",
    hint: /\b(?:host|dbname|user|Server|Data Source)\s*=/i.test(text)
      ? "It is written as names and values; as a URL it reads postgresql://USER:PASSWORD@HOST:5432/DATABASE."
      : "One reads postgresql://USER:PASSWORD@HOST:5432/DATABASE; copy it from the provider's dashboard.",
  };
}
