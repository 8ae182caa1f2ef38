import {
  type Add,
  collectFaults,
  type Decode,
  decoder,
  type HostAndPort,
  mend,
  parseHost,
  parsePort,
  parseQuery,
} from "./uri-parts";
import { slashInPassword, strayHash, type UrlFault } from "./url-faults";

/** A connection URI taken apart by libpq's grammar; user, password and so on are decoded. */
export interface LibpqUri {
  hosts: readonly HostAndPort[];
  user: string;
  /** Null when there is none; empty when it is there and empty. */
  password: string | null;
  database: string;
  /** The query without host, port, user, password and dbname. */
  parameters: ReadonlyMap<string, string>;
  /** What stands after `scheme://`, with the raw characters encoded that drivers disagree about. */
  normalized: string;
}

const defaultPort = 5432;

/**
 * Takes apart what follows `postgresql://`. libpq, WHATWG's parser and Python's differ on raw characters in a password:
 * an @ # or ? that can only belong to it is mended in `normalized`, anything that could be read in two ways is a fault.
 *
 * Source: https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING-URIS and `conninfo_uri_parse_options`.
 */
export function parseLibpqUri(rest: string): { uri: LibpqUri; faults: UrlFault[] } {
  const { faults, add } = collectFaults();
  const decode = decoder(add);
  const { authority, path, query } = split(rest);
  if (`${path}${query}`.includes("#")) add(strayHash);
  const at = authority.lastIndexOf("@");
  const login = at < 0 ? "" : authority.slice(0, at);
  const colon = login.indexOf(":");
  const isShifted = path.includes("@");
  if (/[^/]\/+[^/]/.test(path)) add(slashInDatabase);
  const database = path.replace(/\/+$/, "");
  const parameters = parseQuery(query, decode, add);
  const hostList = at < 0 ? authority : authority.slice(at + 1);

  // In the query they stand above those in front, as in libpq.
  const take = (name: string) => {
    const value = parameters.get(name);
    parameters.delete(name);
    return value;
  };
  const user = take("user") ?? decode(colon < 0 ? login : login.slice(0, colon), "user");
  const password = take("password") ?? (colon < 0 ? null : decode(login.slice(colon + 1), "password"));
  const hosts = parseHosts(hostList, take("host"), take("port"), decode, add);
  return {
    uri: {
      ...{ hosts, user, password, parameters },
      database: take("dbname") ?? decode(database, "database"),
      normalized: `${at < 0 ? "" : `${mend(login)}@`}${hostList}${path === "" && !rest.includes("/") ? "" : "/"}${database}${query && `?${query}`}`,
    },
    // What stands behind such a password is cut at the wrong places: its faults are none of the user's.
    faults: isShifted ? [slashInPassword] : faults(),
  };
}

/** The query starts at a ? behind the login; one inside a password is told apart by what follows it. */
function split(rest: string): { authority: string; path: string; query: string } {
  const slash = rest.indexOf("/");
  const beforeSlash = slash < 0 ? rest : rest.slice(0, slash);
  const afterLogin = beforeSlash.lastIndexOf("@") + 1;
  const question = /\?\w+=/.exec(beforeSlash)?.index ?? beforeSlash.indexOf("?", afterLogin);
  if (question >= 0) return { authority: rest.slice(0, question), path: "", query: rest.slice(question + 1) };
  if (slash < 0) return { authority: rest, path: "", query: "" };
  const path = rest.slice(slash + 1);
  const end = path.indexOf("?");
  return end < 0
    ? { authority: beforeSlash, path, query: "" }
    : { authority: beforeSlash, path: path.slice(0, end), query: path.slice(end + 1) };
}

function parseHosts(
  list: string,
  hostParameter: string | undefined,
  portParameter: string | undefined,
  decode: Decode,
  add: Add,
): HostAndPort[] {
  const inFront = list.split(",").map((item) => parseHost(item, defaultPort, decode, add));
  const hosts = hostParameter === undefined ? inFront.map(({ host }) => host) : hostParameter.split(",");
  const ports = portParameter === undefined ? inFront.map(({ port }) => port) : portParameter.split(",");
  if (ports.length !== 1 && ports.length !== hosts.length) add(badPorts);
  return hosts.map((host, i) => ({
    host,
    port: parsePort(ports.length === 1 ? ports[0] : ports[i], defaultPort, add),
  }));
}

const slashInDatabase: UrlFault = {
  code: "url/bad-database-name",
  message: "There is a / in the database's name.",
  hint: "One name follows the host: …@HOST:5432/DATABASE. Write a / that belongs to it as %2F.",
};

const badPorts: UrlFault = {
  code: "url/bad-port",
  message: "There are not as many ports as hosts.",
  hint: "Give one port for all hosts, or one for each.",
};
