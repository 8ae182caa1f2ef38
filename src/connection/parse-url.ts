import { foreignFault } from "./foreign-url";
import { type LibpqUri, parseLibpqUri } from "./libpq-uri";
import { unwrapPastedText } from "./pasted-text";
import { isThisMachine, type Recognition, recognizeProvider } from "./providers";
import type { HostAndPort } from "./uri-parts";
import {
  emptyUrl,
  faultsError,
  findCharacterFaults,
  findPlaceholders,
  longestUrl,
  noDatabase,
  noHost,
  noUser,
  tooLong,
  type UrlFault,
} from "./url-faults";

/** A PostgreSQL URL that somebody pasted, checked. */
export interface ParsedDatabaseUrl extends Omit<Recognition, "faults"> {
  /** The URL to store, password and all: unwrapped, `postgres://` made `postgresql://`. */
  url: string;
  /** At least one; libpq tries them in this order. */
  hosts: readonly HostAndPort[];
  user: string;
  /** Null when the URL has none. */
  password: string | null;
  database: string;
  /** The rest of the query: `sslmode` and so on. */
  parameters: ReadonlyMap<string, string>;
}

/** `postgresql+asyncpg://` is how SQLAlchemy is told its driver. */
const scheme = /^(postgres(?:ql)?)(\+[a-z][a-z0-9_]*)?:\/\//i;
const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full", "no-verify"];

/**
 * Reads a pasted PostgreSQL connection URL; what is wrong with it is told all at once.
 * @throws LeashError with exit code 2: the fault's own code (`url/empty`, `url/not-a-connection-string`,
 * `url/wrong-service`, `url/placeholder-password`, …), or `url/invalid` with the faults in `details`. No part of it
 * holds the password.
 */
export function parseDatabaseUrl(text: string): ParsedDatabaseUrl {
  const { faults, parsed } = readPostgresUrl(text);
  if (faults.length > 0 || !parsed) throw faultsError("postgresql", faults);
  return parsed;
}

/** The same without an error: what could be read, and what is wrong with it. */
export function readPostgresUrl(text: string): { parsed?: ParsedDatabaseUrl; faults: UrlFault[] } {
  // Measured before any pattern sees it.
  if (text.length > longestUrl) return { faults: [tooLong] };
  const pasted = unwrapPastedText(text);
  if (pasted === "") return { faults: [emptyUrl("postgresql")] };
  const start = scheme.exec(pasted);
  if (!start) return { faults: [foreignFault(pasted, "postgresql")] };

  const { uri, faults } = parseLibpqUri(pasted.slice(start[0].length));
  const driver = start[2]?.toLowerCase() ?? "";
  const { faults: others, ...recognition } = recognizeProvider("postgresql", {
    ...uri,
    encrypted: uri.parameters.get("sslmode") === "disable" ? false : undefined,
  });
  if (driver) recognition.advice.push("Only SQLAlchemy understands a URL that names its driver behind a +.");
  const { hosts, user, password, database, parameters, normalized } = uri;
  return {
    parsed: { ...recognition, url: `postgresql${driver}://${normalized}`, hosts, user, password, database, parameters },
    faults: [
      ...findCharacterFaults(pasted),
      ...faults,
      ...findPlaceholders({ ...uri, hosts: hosts.map(({ host }) => host) }),
      ...findGaps(uri, faults),
      ...others,
    ],
  };
}

function findGaps({ hosts, user, database, parameters }: LibpqUri, faults: readonly UrlFault[]): UrlFault[] {
  const gaps: UrlFault[] = [];
  // A password with a raw / moves everything behind it, so nothing can be said about the rest.
  const isShifted = faults.some(({ code }) => code === "url/unencoded-password" || code === "url/bad-host");
  if (!isShifted) {
    const isElsewhere = hostParameters.some((name) => parameters.has(name));
    if (hosts.some(({ host }) => host === "") && !isElsewhere) gaps.push(noHost("postgresql"));
    // Servers of one's own machine let in whoever its system knows, by that name.
    if (user === "" && !hosts.every(isThisMachine)) gaps.push(noUser("postgresql"));
    if (database === "") gaps.push(noDatabase("postgresql"));
  }
  const sslMode = parameters.get("sslmode");
  if (sslMode !== undefined && !sslModes.includes(sslMode)) gaps.push(badSslMode);
  return gaps;
}

/** Other ways to say where the server is: libpq's, and pg8000's socket. */
const hostParameters = ["hostaddr", "service", "unix_sock"];

const badSslMode: UrlFault = {
  code: "url/bad-parameter",
  message: "There is no such sslmode.",
  hint: `It is one of ${sslModes.join(", ")}.`,
};
