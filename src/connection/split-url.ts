import type { ServiceName } from "./services";
import { collectFaults, decoder, type HostAndPort, parseHost, parsePort, parseQuery } from "./uri-parts";
import {
  findCharacterFaults,
  findPlaceholders,
  noHost,
  strayHash,
  type UrlFault,
  unencodedPassword,
} from "./url-faults";

/** A URL of MongoDB's or Redis's taken apart; user, password and so on are decoded. */
export interface SplitUrl {
  /** In lower case. */
  scheme: string;
  hasLogin: boolean;
  user: string;
  /** Null when there is none. */
  password: string | null;
  /** The login as it stands there. */
  login: string;
  hosts: readonly HostAndPort[];
  /** The hosts as they stand there. */
  hostList: string;
  /** Whether a host names its port. */
  hasPort: boolean;
  /** What stands behind the first slash, without one at its end. */
  database: string;
  /** The same as it stands there. */
  path: string;
  /** By name in lower case. */
  parameters: ReadonlyMap<string, string>;
  query: string;
  /** A raw / ? or # in the password moves everything behind it, so nothing can be said about the rest. */
  isShifted: boolean;
}

/**
 * Takes apart `scheme://[user[:password]@]host[:port],…[/database][?query]` as WHATWG and the drivers do: the first / ? or #
 * ends the hosts.
 */
export function splitUrl(
  text: string,
  service: ServiceName,
  defaultPort: number,
): { url: SplitUrl; faults: UrlFault[] } {
  const [, scheme = "", rest = ""] = /^([^:]*):\/\/(.*)$/s.exec(text) ?? [];
  const { faults, add } = collectFaults();
  const decode = decoder(add);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const tail = end < 0 ? "" : rest.slice(end);
  const at = authority.lastIndexOf("@");
  const isShifted = isMoved(authority, tail);

  const login = at < 0 ? "" : authority.slice(0, at);
  const colon = login.indexOf(":");
  const user = decode(colon < 0 ? login : login.slice(0, colon), "user");
  const password = colon < 0 ? null : decode(login.slice(colon + 1), "password");
  if (tail.includes("#")) add(strayHash);
  const [behindHosts = "", ...queries] = tail.split("?");
  const query = queries.join("?");
  const path = behindHosts.slice(1).replace(/\/+$/, "");
  const database = decode(path, "database");
  const named = parseQuery(query, decode, add);
  const hostList = at < 0 ? authority : authority.slice(at + 1);
  const parsed = hostList.split(",").map((item) => parseHost(item, defaultPort, decode, add));
  const hosts = parsed.map(({ host, port }) => ({ host, port: parsePort(port, defaultPort, add) }));
  const isReadable = !faults().some(({ code }) => code === "url/bad-host");
  if (isReadable && hosts.some(({ host }) => host === "")) add(noHost(service));
  findPlaceholders({ user, password, hosts: hosts.map(({ host }) => host), database }).forEach(add);

  const parameters = new Map([...named].map(([name, value]) => [name.toLowerCase(), value]));
  const hasPort = parsed.some(({ port }) => port !== "");
  const url = {
    ...{ scheme: scheme.toLowerCase(), hasLogin: at >= 0, user, password, login, hosts, hostList, hasPort },
    ...{ database, path, parameters, query, isShifted },
  };
  const characters = findCharacterFaults(text);
  return { url, faults: isShifted ? [...characters, unencodedPassword] : [...characters, ...faults()] };
}

/** Whether the first / ? or # is the password's. */
function isMoved(authority: string, tail: string): boolean {
  const [path = "", query = ""] = tail.split("?", 2);
  if (path.includes("@") || /^[^=]*@/.test(query)) return true;
  const isLoginCut = !authority.includes("@") && /^[^[\],:]*:(?!\d{0,5}$)[^,]*$/.test(authority);
  return isLoginCut && tail.includes("@");
}
