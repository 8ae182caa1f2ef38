import fs from "node:fs";
import type { ConnectionOptions } from "node:tls";

/** How a connection is encrypted; false is not at all. */
export type Tls = ConnectionOptions | false;

/** A file named in the URL that can't be read. */
export class TlsFileError extends Error {
  constructor(readonly parameter: string) {
    super(`the file of ${parameter} can't be read`);
    this.name = "TlsFileError";
  }
}

/**
 * The ways to connect that a URL's `sslmode` allows, in libpq's order. Its meaning is libpq's: `require` encrypts and
 * verifies nothing, and none at all is `prefer`. (pg reads `require` as `verify-full` and warns about it; the strings
 * that Supabase and Neon hand out mean libpq's.)
 *
 * Source: https://www.postgresql.org/docs/18/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 * @throws TlsFileError
 */
export function tlsAttempts(host: string, parameters: ReadonlyMap<string, string>): Tls[] {
  if (host.startsWith("/")) return [false];
  const files = readFiles(parameters);
  const unverified = { ...files, rejectUnauthorized: false };
  const anyName = { ...files, checkServerIdentity: () => undefined };
  switch (parameters.get("sslmode") ?? implied(parameters)) {
    case "disable":
      return [false];
    case "allow":
      return [false, unverified];
    case "require":
      // With a certificate to check against, libpq reads it as verify-ca.
      return [files.ca === undefined ? unverified : anyName];
    case "no-verify":
      return [unverified];
    case "verify-ca":
      return [anyName];
    case "verify-full":
      return [files];
    default:
      return [unverified, false];
  }
}

/** `ssl=true` is JDBC's and node-postgres' word, `ssl=require` asyncpg's; direct negotiation needs TLS. */
function implied(parameters: ReadonlyMap<string, string>): string {
  const ssl = parameters.get("ssl") ?? "";
  if (["true", "1", "require"].includes(ssl) || parameters.get("sslnegotiation") === "direct") return "require";
  return "prefer";
}

function readFiles(parameters: ReadonlyMap<string, string>): ConnectionOptions {
  const read = (parameter: string) => {
    const file = parameters.get(parameter);
    // "system" stands for the trusted certificates that come with the client.
    if (!file || file === "system") return undefined;
    try {
      return fs.readFileSync(file);
    } catch {
      throw new TlsFileError(parameter);
    }
  };
  const [ca, cert, key] = [read("sslrootcert"), read("sslcert"), read("sslkey")];
  const passphrase = parameters.get("sslpassword");
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(passphrase && { passphrase }) };
}
