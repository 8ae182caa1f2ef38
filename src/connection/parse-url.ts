import { LeashError } from "../errors";
import { foreignSchemeFault, notAUrlFault } from "./foreign-url";
import { type HostAndPort, type LibpqUri, parseLibpqUri, type UrlFault } from "./libpq-uri";
import { unwrapPastedText } from "./pasted-text";
import { type Recognition, recognizeProvider } from "./providers";

/** A PostgreSQL URL that somebody pasted, checked. */
export interface ParsedDatabaseUrl extends Recognition {
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

const longestUrl = 4096;
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
  // Measured before any pattern sees it.
  if (text.length > longestUrl) throw faultsError([tooLong]);
  const pasted = unwrapPastedText(text);
  if (pasted === "") throw faultsError([empty]);
  const start = scheme.exec(pasted);
  if (!start) throw faultsError([foreignSchemeFault(pasted) ?? notAUrlFault(pasted)]);

  const { uri, faults } = parseLibpqUri(pasted.slice(start[0].length));
  const all = [...findCharacterFaults(pasted), ...faults, ...findPlaceholders(uri), ...findGaps(uri, faults)];
  if (all.length > 0) throw faultsError(all);

  const driver = start[2]?.toLowerCase() ?? "";
  const recognition = recognizeProvider(uri);
  if (driver) recognition.advice.push("Only SQLAlchemy understands a URL that names its driver behind a +.");
  const { hosts, user, password, database, parameters, normalized } = uri;
  return { ...recognition, url: `postgresql${driver}://${normalized}`, hosts, user, password, database, parameters };
}

function findCharacterFaults(text: string): UrlFault[] {
  const faults: UrlFault[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) faults.push(controlCharacters);
  if (/[ \u00a0\u2000-\u200a\u202f\u3000]/.test(text)) faults.push(spaces);
  if (/["'`“”‘’;]$/.test(text)) faults.push(quotes);
  return faults;
}

function findPlaceholders({ user, password, hosts, database }: LibpqUri): UrlFault[] {
  const faults: UrlFault[] = [];
  if (password !== null && isPlaceholder(password)) faults.push(placeholderPassword);
  const others = [user, database, ...hosts.map(({ host }) => host)];
  if (others.some((part) => /[[\]<>{}]/.test(part))) faults.push(placeholder);
  return faults;
}

/** Brackets around it, a template's variable, the words "your password", or the dots of a masked one. */
function isPlaceholder(password: string): boolean {
  return (
    /^(?:\[.*\]|<.*>|\$?\{.*\}|%.*%)$/.test(password) ||
    /^(?:[*•●]{3,}|x{3,}|\.{3,}|…)$/i.test(password) ||
    /your[-_ ]?(?:(?:db|database)[-_ ]?)?pass(?:word)?/i.test(password)
  );
}

function findGaps({ hosts, user, database, parameters }: LibpqUri, faults: readonly UrlFault[]): UrlFault[] {
  const gaps: UrlFault[] = [];
  // A password with a raw / moves everything behind it, so nothing can be said about the rest.
  const isShifted = faults.some(({ code }) => code === "url/unencoded-password" || code === "url/bad-host");
  if (!isShifted) {
    if (hosts.some(({ host }) => host === "")) gaps.push(noHost);
    if (user === "") gaps.push(noUser);
    if (database === "") gaps.push(noDatabase);
  }
  const sslMode = parameters.get("sslmode");
  if (sslMode !== undefined && !sslModes.includes(sslMode)) gaps.push(badSslMode);
  return gaps;
}

function faultsError(faults: readonly UrlFault[]): LeashError {
  const [first, ...others] = faults;
  if (first && others.length === 0) {
    return new LeashError(first.code, first.message, { hint: first.hint, exitCode: 2 });
  }
  return new LeashError("url/invalid", `The database URL has ${faults.length} faults.`, {
    details: faults.map(({ message, hint }) => `${message} ${hint}`),
    hint: whole,
    exitCode: 2,
  });
}

const whole = "A whole one reads postgresql://USER:PASSWORD@HOST:5432/DATABASE.";

const empty: UrlFault = { code: "url/empty", message: "The database URL is empty.", hint: whole };

const tooLong: UrlFault = {
  code: "url/too-long",
  message: `The database URL is longer than ${longestUrl} characters.`,
  hint: "Paste the connection string alone.",
};

const controlCharacters: UrlFault = {
  code: "url/control-characters",
  message: "The database URL holds a line break or another control character.",
  hint: "Paste it as one line; a long one may have been broken where it was copied from.",
};

const spaces: UrlFault = {
  code: "url/spaces",
  message: "The database URL holds a space.",
  hint: "Paste the connection string alone; a space that belongs to it is written %20.",
};

const quotes: UrlFault = {
  code: "url/quotes",
  message: "The database URL ends in a quote or a semicolon.",
  hint: "Paste it without the quotes around it; one that belongs to it is percent-encoded.",
};

const placeholderPassword: UrlFault = {
  code: "url/placeholder-password",
  message: "There is a placeholder where the password belongs.",
  hint: "Put the database's password in its place, without brackets. Supabase and Neon show or reset it in their dashboards.",
};

const placeholder: UrlFault = {
  code: "url/placeholder",
  message: "There is a placeholder in the user, the host or the database.",
  hint: "Copy the connection string from the provider's dashboard, where it is filled in.",
};

const noHost: UrlFault = { code: "url/no-host", message: "The database URL names no host.", hint: whole };
const noUser: UrlFault = { code: "url/no-user", message: "The database URL names no user.", hint: whole };

const noDatabase: UrlFault = {
  code: "url/no-database-name",
  message: "The database URL names no database.",
  hint: `Put its name behind the host. ${whole}`,
};

const badSslMode: UrlFault = {
  code: "url/bad-parameter",
  message: "There is no such sslmode.",
  hint: `It is one of ${sslModes.join(", ")}.`,
};
