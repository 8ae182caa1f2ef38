import { errorLines, LeashError } from "../errors";
import { say } from "../terminal";

/** Tells an error on stderr (what, the details, how to mend it, the code) and returns the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof LeashError) {
    for (const line of errorLines(error)) say(line);
    return error.exitCode;
  }
  const text = error instanceof Error ? (process.env.LEASH_DEBUG ? error.stack : error.message) : String(error);
  say(`✗ ${text || "Something failed without a word."}`);
  say("  This is a fault in leash. LEASH_DEBUG=1 shows where; please report it.");
  say("  [internal]");
  return 1;
}
