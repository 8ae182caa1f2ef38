import { errorCode, errorMessage, LeashError } from "../errors";
import { isTimeout } from "./connection-error";
import { isTlsCode, noAnswer, unreachable } from "./network-faults";
import { redactSecrets } from "./redact";
import { type SplitUrl, splitUrl } from "./split-url";
import type { UrlFault } from "./url-faults";

export interface ClientAttempt {
  service: "mongodb" | "redis";
  url: string;
  timeoutMs: number;
}

/**
 * Turns what MongoDB's driver or Redis's client threw into an error for users. There is no `cause`: what clients put into their
 * errors is not theirs to show here.
 */
export function describeClientError(error: unknown, { service, url: text, timeoutMs }: ClientAttempt): LeashError {
  const defaultPort = service === "mongodb" ? 27_017 : 6379;
  const { url } = splitUrl(text, service, defaultPort);
  const isSrv = url.scheme.endsWith("+srv");
  const place = url.hosts.map(({ host, port }) => (isSrv || host.startsWith("/") ? host : `${host}:${port}`)).join(",");
  const errors = [...causesOf(error)];
  const words = redactSecrets(errorMessage(errors[0]), secretsOf(url));
  const { code, message, hint } =
    errors.map((one) => serverFaults[service](one, { place, words, url })).find((fault) => fault !== undefined) ??
    (errors.some(isTimedOut) ? withTlsHint(noAnswer(place, timeoutMs), url) : undefined) ??
    findTlsFault(errors, place, url) ??
    findNetworkFault(errors, service, { place, url, timeoutMs });
  return new LeashError(code, message, { hint });
}

function findNetworkFault(
  errors: readonly unknown[],
  service: "mongodb" | "redis",
  { place, url, timeoutMs }: { place: string; url: SplitUrl; timeoutMs: number },
): UrlFault {
  const code = errors.map(errorCode).find((one) => one !== undefined && /^E[A-Z_]+$/.test(one));
  if (code !== undefined && code !== "ECONNRESET") return unreachable(place, code, service);
  // MongoDB's driver gives up without a word of the network's where nothing answers.
  const isSilent = errors.length === 1 && (errors[0] as Error).name === "MongoServerSelectionError";
  return withTlsHint(isSilent ? noAnswer(place, timeoutMs) : unreachable(place, code, service), url);
}

/** One side that speaks TLS and one that does not are silent, or hang up. */
function withTlsHint({ hint, ...fault }: UrlFault, { scheme, parameters }: SplitUrl): UrlFault {
  const flag = parameters.get("tls") ?? parameters.get("ssl");
  if (scheme === "rediss" || flag === "true") return { ...fault, hint: `${hint} It may speak no TLS there.` };
  if (scheme === "mongodb+srv") return { ...fault, hint };
  return { ...fault, hint: `${hint} It may want TLS: ${scheme === "redis" ? "rediss://" : "tls=true"}.` };
}

/** An error and what it came from: MongoDB's driver hides the network's in the servers that it knows of. */
function* causesOf(error: unknown, depth = 0): Generator<unknown> {
  if (typeof error !== "object" || error === null || depth > 5) return;
  yield error;
  const { cause, reason, errors } = error as { cause?: unknown; reason?: unknown; errors?: unknown };
  const servers = (reason as { servers?: unknown } | undefined)?.servers;
  if (servers instanceof Map)
    for (const server of servers.values()) yield* causesOf((server as { error?: unknown }).error, depth + 1);
  if (Array.isArray(errors)) for (const one of errors) yield* causesOf(one, depth + 1);
  yield* causesOf(cause, depth + 1);
}

/** The password as it stands in the URL and as it is sent. */
function secretsOf({ password, login }: SplitUrl): string[] {
  const raw = login.slice(login.indexOf(":") + 1);
  return [password ?? "", raw].filter((secret) => secret !== "");
}

function isTimedOut(error: unknown): boolean {
  const name = error instanceof Error ? error.name : "";
  return isTimeout(error) || /^(?:ConnectionTimeoutError|SocketTimeoutError|MongoNetworkTimeoutError)$/.test(name);
}

interface Said {
  place: string;
  /** The error's words, redacted. */
  words: string;
  url: SplitUrl;
}

type FindFault = (error: unknown, said: Said) => UrlFault | undefined;

const refused = ({ place, url, words }: Said, hint: string): UrlFault => ({
  code: "url/refused-login",
  message: `${place} refused the login${url.user === "" ? "" : ` of "${url.user}"`}: ${words}`,
  hint,
});

const checkLogin = "Check the user and the password; characters such as @ : / # % in it are percent-encoded.";

const ended = ({ place, words }: Said): UrlFault => ({
  code: "url/server-error",
  message: `${place} ended the attempt: ${words}`,
  hint: "The server's words say why; its provider's status page may say more.",
});

/** By the codes of MongoDB's server: 18 AuthenticationFailed, 13 Unauthorized, 8000 Atlas's own. */
const mongodbRefusals = [11, 13, 18, 8000];

const findMongodbFault: FindFault = (error, said) => {
  const { name, code } = error as { name?: string; code?: unknown };
  if (name === "MongoServerError") {
    if (mongodbRefusals.includes(Number(code))) {
      const isElsewhere = !said.url.parameters.has("authsource") && !["", "admin"].includes(said.url.database);
      const where = isElsewhere ? " Where the user was made in another database, name it: authSource=admin." : "";
      return refused(said, `${checkLogin}${where}`);
    }
    return ended(said);
  }
  if (name === "MongoMissingDependencyError" || name === "MongoMissingCredentialsError") {
    return {
      code: "url/server-error",
      message: `The login that the URL asks for can't be tried from here.`,
      hint: "Store it unchecked: the app's own driver may know this way to log in.",
    };
  }
  if (name === "MongoParseError" || name === "MongoInvalidArgumentError" || name === "MongoAPIError") {
    return {
      code: "url/invalid",
      message: `MongoDB's own driver does not take the URL: ${said.words}`,
      hint: "Correct what it names, or copy the string from the provider's dashboard again.",
    };
  }
  return undefined;
};

const findRedisFault: FindFault = (error, said) => {
  const { message = "" } = error as { message?: string };
  const word = /^(?:ERR [a-zA-Z<>' ]+|[A-Z]+)/.exec(message)?.[0] ?? "";
  if (/^ERR max(?:imum)? number of clients/i.test(word)) {
    return {
      code: "url/too-many-connections",
      message: `${said.place} has no free connection: ${said.words}`,
      hint: "Close some, or use a plan with more of them.",
    };
  }
  if (word.startsWith("NOAUTH")) {
    return {
      code: "url/refused-login",
      message: `${said.place} asks for a password, and the URL has none.`,
      hint: "Put it in front of the host: redis://default:PASSWORD@HOST:6379.",
    };
  }
  if (/without any password configured/.test(message)) {
    return refused(said, "The server has no password: leave it out of the URL, or set one there.");
  }
  if (/^(?:WRONGPASS|NOPERM|ERR invalid password|ERR invalid username-password)/.test(word))
    return refused(said, checkLogin);
  if (/DB index is out of range|invalid DB index/.test(message)) {
    return {
      code: "url/no-database",
      message: `${said.place} has no database "${said.url.database}".`,
      hint: "Databases of Redis have numbers from 0 on; leave it out for 0.",
    };
  }
  const isAnswer = /^(?:SimpleError|BlobError|ErrorReply)$/.test(error instanceof Error ? error.constructor.name : "");
  return isAnswer || /^(?:DENIED|LOADING|ERR|MASTERDOWN|BUSY|OOM)\b/.test(word) ? ended(said) : undefined;
};

const serverFaults = { mongodb: findMongodbFault, redis: findRedisFault };

function findTlsFault(errors: readonly unknown[], place: string, { scheme }: SplitUrl): UrlFault | undefined {
  const code = errors.map(errorCode).find((one) => one !== undefined && isTlsCode(one));
  if (code === undefined) return undefined;
  const isPlain = /WRONG_VERSION_NUMBER|PACKET_LENGTH|EPROTO/.test(code);
  const off =
    scheme === "rediss"
      ? "write redis:// if the way there is trusted"
      : "leave tls=true out if the way there is trusted";
  return {
    code: "url/tls",
    message: `No encrypted connection to ${place} could be made (${code}).`,
    hint: isPlain
      ? `The server seems to speak no TLS there: turn it on, check the port, or ${off}.`
      : "Check the certificate's name and issuer: drivers refuse one that nobody they know has signed.",
  };
}
