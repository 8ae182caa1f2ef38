/** One thing that is wrong with a pasted URL; its texts hold nothing of the URL that could be a secret. */
export interface UrlFault {
  /** A stable code of its own, such as `url/no-host`. */
  code: string;
  message: string;
  hint: string;
}

export interface HostAndPort {
  /** A name, an address without brackets, or a socket's folder; "" where the URL leaves it to the client. */
  host: string;
  port: number;
}

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
  const faults = new Map<string, UrlFault>();
  const add = (fault: UrlFault) => faults.set(fault.code + fault.message, fault);
  const decode = (text: string, what: string) => {
    try {
      const decoded = decodeURIComponent(text);
      if (!decoded.includes("\0") || text.includes("\0")) return decoded;
    } catch {
      // Falls through to the fault.
    }
    add(badEncoding(what));
    return text;
  };

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
    faults: isShifted ? [slashInPassword] : [...faults.values()],
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

/** Encodes what RFC 3986 does not allow raw in a login; what is encoded already stays as it is. */
function mend(login: string): string {
  return login.replace(/[^\w.~!$&'()*+,;=:%-]/gu, encodeURIComponent);
}

type Decode = (text: string, what: string) => string;
type Add = (fault: UrlFault) => void;

function parseQuery(query: string, decode: Decode, add: Add): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const item of query.split("&")) {
    if (item === "") continue;
    const equals = item.indexOf("=");
    if (equals < 1) add(badQuery);
    else parameters.set(decode(item.slice(0, equals), "parameters"), decode(item.slice(equals + 1), "parameters"));
  }
  return parameters;
}

function parseHosts(
  list: string,
  hostParameter: string | undefined,
  portParameter: string | undefined,
  decode: Decode,
  add: Add,
): HostAndPort[] {
  const inFront = list.split(",").map((item) => {
    const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(item);
    if (!match) add(badHost);
    return { host: decode(match?.[1] ?? match?.[2] ?? "", "host"), port: match?.[3] ?? "" };
  });
  const hosts = hostParameter === undefined ? inFront.map(({ host }) => host) : hostParameter.split(",");
  const ports = portParameter === undefined ? inFront.map(({ port }) => port) : portParameter.split(",");
  if (ports.length !== 1 && ports.length !== hosts.length) add(badPorts);
  return hosts.map((host, i) => ({ host, port: parsePort(ports.length === 1 ? ports[0] : ports[i], add) }));
}

function parsePort(text: string | undefined, add: Add): number {
  if (!text) return defaultPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  // Not shown: with an @ left out, what stands here is the password.
  add({
    code: "url/bad-port",
    message: "The port is no number from 1 to 65535.",
    hint: "After the last colon of the host comes the port: USER:PASSWORD@HOST:5432. A : or / in the password is written %3A or %2F.",
  });
  return defaultPort;
}

function badEncoding(what: string): UrlFault {
  return {
    code: "url/percent-encoding",
    message: `The ${what} holds a % that encodes no character.`,
    hint: "Write a % of its own as %25.",
  };
}

const strayHash: UrlFault = {
  code: "url/stray-hash",
  message: "The URL holds a # after the host.",
  hint: "Write # as %23; some drivers drop what follows it.",
};

const slashInPassword: UrlFault = {
  code: "url/unencoded-password",
  message: "The password seems to hold a / that is not encoded.",
  hint: "In the password write / as %2F and @ as %40.",
};

const slashInDatabase: UrlFault = {
  code: "url/bad-database-name",
  message: "There is a / in the database's name.",
  hint: "One name follows the host: …@HOST:5432/DATABASE. Write a / that belongs to it as %2F.",
};

const badQuery: UrlFault = {
  code: "url/bad-parameter",
  message: "One of the parameters behind the ? is no name=value.",
  hint: "Parameters are written ?sslmode=require&connect_timeout=10; an & in a value is written %26.",
};

const badHost: UrlFault = {
  code: "url/bad-host",
  message: "The host can't be read.",
  hint: "Write HOST:PORT, several with a comma between them, an IPv6 address in brackets: [::1]:5432.",
};

const badPorts: UrlFault = {
  code: "url/bad-port",
  message: "There are not as many ports as hosts.",
  hint: "Give one port for all hosts, or one for each.",
};
