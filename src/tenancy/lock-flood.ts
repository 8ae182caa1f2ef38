import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, errorMessage, LeashError } from "../errors";

const pauseMs = 500;

/**
 * Goes on with work that can be begun again when a tenant has taken all locks of the server: the guard takes them back
 * within seconds, a few times if need be.
 * @throws LeashError `tenancy/out-of-locks` when there are none for that long
 */
export async function outlastLockFlood<Result>(work: () => Promise<Result>, patienceMs = 30_000): Promise<Result> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (cause) {
      if (!isOutOfLocks(cause)) throw cause;
      if (Date.now() > deadline) {
        throw new LeashError("tenancy/out-of-locks", "An app has taken all locks that the server has.", {
          hint: "The guard ends it; then run the same command again. `leash doctor` tells whether the guard runs.",
          cause,
        });
      }
      await sleep(pauseMs);
    }
  }
}

/** As a statement gets it, or a login. */
function isOutOfLocks(error: unknown): boolean {
  // 53200: out_of_memory.
  if (errorCode(error) === "53200") return /shared memory/.test(errorMessage(error));
  return error instanceof LeashError && error.cause !== undefined && isOutOfLocks(error.cause);
}
