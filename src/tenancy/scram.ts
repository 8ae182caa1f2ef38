import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

const iterations = 4096; // PostgreSQL's own default

/**
 * The verifier that PostgreSQL stores for a password (RFC 5803). Sending it in place of the password keeps the
 * password out of the server's log and of `pg_stat_activity`. Passwords are ASCII here, so SASLprep changes nothing.
 */
export function createScramSecret(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const key = (label: string) => createHmac("sha256", salted).update(label).digest();
  const storedKey = createHash("sha256").update(key("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${key("Server Key").toString("base64")}`;
}

/**
 * Whether a stored verifier is one that was made here for this password. An app can store a verifier of its own making:
 * one of a billion iterations must not be computed.
 */
export function matchesScramSecret(secret: string | null, password: string): boolean {
  const salt = /^SCRAM-SHA-256\$4096:([A-Za-z0-9+/]{22}==)\$/.exec(secret ?? "")?.[1];
  if (!secret || !salt) return false;
  const expected = Buffer.from(createScramSecret(password, Buffer.from(salt, "base64")));
  const actual = Buffer.from(secret);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
