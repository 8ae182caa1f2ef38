import { badEncoding, badHost, badParameter, badPort, type UrlFault } from "./url-faults";

export interface HostAndPort {
  /** A name, an address without brackets, or a socket's folder; "" where the URL leaves it to the client. */
  host: string;
  port: number;
}

export type Add = (fault: UrlFault) => void;
export type Decode = (text: string, what: string) => string;

/** Keeps each fault once, in the order in which they were found. */
export function collectFaults(): { faults: () => UrlFault[]; add: Add } {
  const all = new Map<string, UrlFault>();
  return { faults: () => [...all.values()], add: (fault) => all.set(fault.code + fault.message, fault) };
}

/** Percent-decodes; what can't be decoded is a fault and stays as it is. */
export function decoder(add: Add): Decode {
  return (text, what) => {
    try {
      const decoded = decodeURIComponent(text);
      if (!decoded.includes("\0") || text.includes("\0")) return decoded;
    } catch {
      // Falls through to the fault.
    }
    add(badEncoding(what));
    return text;
  };
}

/** Encodes what RFC 3986 does not allow raw in a login; what is encoded already stays as it is. */
export function mend(login: string): string {
  return login.replace(/[^\w.~!$&'()*+,;=:%-]/gu, (sign) =>
    // Half a surrogate pair has no encoding.
    /\p{Surrogate}/u.test(sign) ? "%EF%BF%BD" : encodeURIComponent(sign),
  );
}

export function parseQuery(query: string, decode: Decode, add: Add): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const item of query.split("&")) {
    if (item === "") continue;
    const equals = item.indexOf("=");
    if (equals < 1) add(badParameter);
    else parameters.set(decode(item.slice(0, equals), "parameters"), decode(item.slice(equals + 1), "parameters"));
  }
  return parameters;
}

/** HOST, HOST:PORT or [ADDRESS]:PORT; the port as it stands there. */
export function parseHost(text: string, port: number, decode: Decode, add: Add): { host: string; port: string } {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(text);
  if (!match) add(badHost(`[::1]:${port}`));
  return { host: decode(match?.[1] ?? match?.[2] ?? "", "host"), port: match?.[3] ?? "" };
}

export function parsePort(text: string | undefined, defaultPort: number, add: Add): number {
  if (!text) return defaultPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  add(badPort(`USER:PASSWORD@HOST:${defaultPort}`));
  return defaultPort;
}
