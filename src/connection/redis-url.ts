import { findEndpoint, recognizeProvider } from "./providers";
import { type SplitUrl, splitUrl } from "./split-url";
import { mend } from "./uri-parts";
import type { UrlFault } from "./url-faults";
import type { UrlReading } from "./url-reading";

const defaultPort = 6379;

/**
 * Reads a `redis://` or `rediss://` URL as drivers do.
 * Source: https://www.iana.org/assignments/uri-schemes/prov/redis
 */
export function readRedisUrl(text: string): UrlReading {
  const { url, faults } = splitUrl(text, "redis", defaultPort);
  const { faults: others, title, advice } = recognizeProvider("redis", { ...url, encrypted: url.scheme === "rediss" });
  const rest = url.isShifted ? [] : [...findFaults(url), ...others];
  const path = url.path === "" ? "" : `/${mend(url.path)}`;
  const query = url.query && `?${url.query}`;
  return {
    url: `${url.scheme}://${url.hasLogin ? `${mend(url.login)}@` : ""}${url.hostList}${path}${query}`,
    ...{ title, faults: [...faults, ...rest] },
    advice: [...advice, ...findAdvice(url, title)],
  };
}

function findFaults({ hasLogin, user, password, hosts, hasPort, database, parameters }: SplitUrl): UrlFault[] {
  const found: UrlFault[] = [];
  const endpoint = findEndpoint("redis", hosts);
  // A lone password in front of the @ is taken for the user.
  if (hasLogin && user !== "" && !password) found.push(lonePassword);
  else if (endpoint?.login === "required" && !password) found.push(loginRequired(endpoint.title));
  if (hosts.length > 1) found.push(severalHosts);
  if (endpoint?.ownPort && !hasPort && hosts.length === 1) found.push(ownPort(endpoint.title));
  const number = database === "" ? (parameters.get("db") ?? "0") : database;
  if (!/^\d{1,5}$/.test(number)) found.push(badNumber);
  else if (endpoint?.databases === 1 && Number(number) !== 0) found.push(oneDatabase(endpoint.title));
  return found;
}

function findAdvice({ hosts, hasPort, scheme, user }: SplitUrl, title: string | null): string[] {
  const advice: string[] = [];
  const port = hosts[0]?.port;
  if (title === "Redis Cloud" && scheme === "rediss") {
    advice.push("Redis Cloud speaks TLS only where it was turned on for the database.");
  }
  if (title === "Redis Cloud" && hasPort && port === defaultPort) {
    advice.push("Redis Cloud gives each database a port of its own, of five digits; 6379 is seldom one of them.");
  }
  if (title === "Upstash" && user !== "" && user !== "default") {
    advice.push("Upstash's own user is named default; another one has to be made there first.");
  }
  if (title === "Azure Cache for Redis" && (scheme === "rediss") !== [6380, 10_000].includes(port ?? 0)) {
    advice.push("Azure Cache speaks TLS on port 6380: rediss:// and 6380 go together.");
  }
  return advice;
}

const lonePassword: UrlFault = {
  code: "url/no-password",
  message: "In front of the @ stands a user without a password, or a password without the colon.",
  hint: "Write redis://default:PASSWORD@HOST:6379, or redis://:PASSWORD@HOST:6379.",
};

const loginRequired = (title: string): UrlFault => ({
  code: "url/no-password",
  message: `${title} lets nobody in without a password, and the URL has none.`,
  hint: "Write default:PASSWORD@ in front of the host; the provider's dashboard shows the password.",
});

const severalHosts: UrlFault = {
  code: "url/several-hosts",
  message: "The Redis URL names several hosts.",
  hint: "It names one; a cluster's or a sentinel's hosts are given to the driver in its own way.",
};

const ownPort = (title: string): UrlFault => ({
  code: "url/no-port",
  message: `${title} gives each database a port of its own, and the URL names none.`,
  hint: "The public endpoint in its console ends in it: HOST:12345.",
});

const badNumber: UrlFault = {
  code: "url/bad-database-name",
  message: "What stands behind the host is no number of a Redis database.",
  hint: "Databases of Redis have numbers: …@HOST:6379/0. Leave it out for 0.",
};

const oneDatabase = (title: string): UrlFault => ({
  code: "url/bad-database-name",
  message: `${title} has the database 0 alone, and the URL names another.`,
  hint: "Leave the number out; apart are kept keys by a prefix, or by a database of their own.",
});
