import { type ServiceName, services } from "./services";
import type { UrlFault } from "./url-faults";

const tlsCode = /^(?:ERR_(?:TLS|SSL|OSSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO|CRL_)/;

/** Whether a system error's code is of TLS, its certificates included. */
export const isTlsCode = (code: string) => tlsCode.test(code);

export function noAnswer(place: string, timeoutMs: number): UrlFault {
  return {
    code: "url/timeout",
    message: `${place} did not answer within ${timeoutMs / 1000} s.`,
    hint: "Check the host and the port, and whether a firewall or the provider's list of allowed addresses lets this machine in.",
  };
}

/** By system error code. */
const networkFaults: Readonly<Record<string, { says: string; hint: string }>> = {
  ENOTFOUND: { says: "there is no host of that name", hint: "Check the host's spelling; a paused project has none." },
  EAI_AGAIN: { says: "the name server did not answer", hint: "Check this machine's network, then try again." },
  ECONNREFUSED: { says: "nothing listens there", hint: "Check the host and the port, and that the server runs." },
  ENOENT: { says: "there is no socket", hint: "Check the folder and the port, and that the server runs." },
  EACCES: { says: "this user may not use it", hint: "Check the permissions of the socket's folder." },
  ENETUNREACH: noRoute(),
  EHOSTUNREACH: noRoute(),
  EADDRNOTAVAIL: noRoute(),
  ENODATA: noRecord(),
  ESERVFAIL: noRecord(),
  ETIMEOUT: { says: "the name server did not answer", hint: "Check this machine's network, then try again." },
};

function noRoute() {
  return {
    says: "there is no way to it from here",
    hint: "The host may have an IPv6 address alone and this network none: Supabase's session pooler has IPv4.",
  };
}

function noRecord() {
  return {
    says: "DNS has no entry for it of the kind that is needed",
    hint: "Check the host's spelling; mongodb+srv:// needs an SRV entry, mongodb:// a server's own name.",
  };
}

const ownPorts: Readonly<Record<ServiceName, number>> = { postgresql: 5432, mongodb: 27_017, redis: 6379 };

/** @param code the system error's */
export function unreachable(place: string, code: string | undefined, service: ServiceName): UrlFault {
  const { title } = services[service];
  const { says, hint } = networkFaults[code ?? ""] ?? {
    says: `what answers there closed the connection, or is no ${title}`,
    hint: `Check the host and the port; ${ownPorts[service]} is ${title}'s own.`,
  };
  return { code: "url/unreachable", message: `${place} can't be reached: ${says}.`, hint };
}
