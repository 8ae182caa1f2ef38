import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";

const iterations = 4096; // PostgreSQL's own default

/**
 * The verifier that PostgreSQL stores for a password (RFC 5803). Sending it in place of the password keeps the
 * password out of the server's log and of `pg_stat_activity`. Passwords are ASCII here, so SASLprep changes nothing.
 */
export function createScramSecret(password: string, salt: Buffer = randomBytes(16), rounds = iterations): string {
  const salted = pbkdf2Sync(password, salt, rounds, 32, "sha256");
  const key = (label: string) => createHmac("sha256", salted).update(label).digest();
  const storedKey = createHash("sha256").update(key("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${rounds}:${salt.toString("base64")}$${storedKey}:${key("Server Key").toString("base64")}`;
}

/** Whether a stored verifier is this password's. */
export function matchesScramSecret(secret: string | null, password: string): boolean {
  const parts = /^SCRAM-SHA-256\$(\d{1,9}):([A-Za-z0-9+/=]+)\$/.exec(secret ?? "");
  if (!secret || !parts?.[1] || !parts[2]) return false;
  const expected = Buffer.from(createScramSecret(password, Buffer.from(parts[2], "base64"), Number(parts[1])));
  const actual = Buffer.from(secret);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
