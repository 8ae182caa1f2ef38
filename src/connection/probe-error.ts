import { errorCode, errorMessage, LeashError } from "../errors";
import { isTimeout } from "./connection-error";
import { isTlsCode, noAnswer, unreachable } from "./network-faults";
import type { ParsedDatabaseUrl } from "./parse-url";
import { redactSecrets } from "./redact";
import { TlsFileError } from "./tls";
import type { UrlFault } from "./url-faults";

/** What was tried, and what was seen on the way. */
export interface Attempt {
  host: string;
  port: number;
  parsed: Pick<ParsedDatabaseUrl, "user" | "password" | "database" | "provider">;
  /** The whole probe's time in milliseconds. */
  timeoutMs: number;
  tls: boolean;
  /** The byte by which the server answered the request for TLS: S, N, or no PostgreSQL at all. */
  tlsAnswer?: string;
  passwordAsked?: boolean;
}

/**
 * Turns the failure of a probe into an error for users; the password is in none of its parts. There is no `cause`:
 * what drivers put into their errors is not theirs to show here.
 */
export function describeProbeError(error: unknown, attempt: Attempt): LeashError {
  const { code, message, hint } =
    findTimeout(error, attempt) ??
    findServerFault(error, attempt) ??
    findTlsFault(error, attempt) ??
    findNetworkFault(error, attempt);
  return new LeashError(code, message, { hint });
}

/** Whether this was the server's refusal of this kind of connection (pg_hba.conf), not of the password. */
export function isRefusedByRule(error: unknown): boolean {
  return errorCode(error) === "28000";
}

const place = ({ host, port }: Attempt) => (host.startsWith("/") ? `${host} (port ${port})` : `${host}:${port}`);

function findTimeout(error: unknown, attempt: Attempt): UrlFault | undefined {
  if (!isTimeout(error)) return undefined;
  return noAnswer(place(attempt), attempt.timeoutMs);
}

/** What the server itself said, by SQLSTATE. */
function findServerFault(error: unknown, attempt: Attempt): UrlFault | undefined {
  const { user, password, database, provider } = attempt.parsed;
  const code = errorCode(error);
  const isServers = typeof error === "object" && error !== null && "severity" in error;
  if (!isServers || code === undefined) {
    return attempt.passwordAsked && !password
      ? {
          code: "url/refused-login",
          message: `${place(attempt)} asks for a password, and the URL has none.`,
          hint: "Put it behind the user: postgresql://USER:PASSWORD@HOST:5432/DATABASE.",
        }
      : undefined;
  }
  const words = redactSecrets(errorMessage(error), password ? [password] : []);
  if (code === "3D000") {
    return {
      code: "url/no-database",
      message: `${place(attempt)} has no database "${database}".`,
      hint: "Make it there, or correct the name behind the host.",
    };
  }
  // Supabase's pooler says "Tenant or user not found" under XX000.
  if (code.startsWith("28") || code === "42501" || (code === "XX000" && provider === "supabase")) {
    return {
      code: "url/refused-login",
      message: `${place(attempt)} refused the login of "${user}": ${words}`,
      hint:
        provider === "supabase"
          ? "Check the password; on Supabase's poolers the user is postgres.<project reference>."
          : "Check the user and the password; characters such as @ : / # % in it are percent-encoded.",
    };
  }
  if (code === "53300") {
    return {
      code: "url/too-many-connections",
      message: `${place(attempt)} has no free connection: ${words}`,
      hint: "Close some, or use the provider's pooler.",
    };
  }
  return {
    code: "url/server-error",
    message: `${place(attempt)} ended the attempt: ${words}`,
    hint: "The server's words say why; its provider's status page may say more.",
  };
}

function findTlsFault(error: unknown, attempt: Attempt): UrlFault | undefined {
  if (error instanceof TlsFileError) {
    return {
      code: "url/tls",
      message: `The file that ${error.parameter} names can't be read.`,
      hint: "Give the whole path of a file that is on this machine and on the app's.",
    };
  }
  if (!attempt.tls) return undefined;
  if (attempt.tlsAnswer === "N") {
    return {
      code: "url/tls",
      message: `${place(attempt)} offers no encryption, and the URL asks for it.`,
      hint: "Turn TLS on at the server; or write sslmode=disable if the way there is trusted.",
    };
  }
  const code = errorCode(error) ?? "";
  if (!isTlsCode(code)) return undefined;
  return {
    code: "url/tls",
    message: `No encrypted connection to ${place(attempt)} could be made (${code}).`,
    hint: "Check the certificate's name and issuer; sslmode=require encrypts without checking them, sslrootcert=FILE names the issuer.",
  };
}

function findNetworkFault(error: unknown, attempt: Attempt): UrlFault {
  return unreachable(place(attempt), errorCode(error), "postgresql");
}
