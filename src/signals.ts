import os from "node:os";

const ending = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Runs `work` to its end, what it tidies included, although signals come that would end this process. The first of them
 * aborts `interruption`, with the exit code that it stands for as its reason.
 */
export async function outlivingSignals<Result>(work: (interruption: AbortSignal) => Promise<Result>): Promise<Result> {
  const interruption = new AbortController();
  const hold = (signal: NodeJS.Signals) => interruption.abort(exitCodeOf(signal));
  process.removeAllListeners("SIGINT");
  for (const signal of ending) process.on(signal, hold);
  try {
    return await work(interruption.signal);
  } finally {
    for (const signal of ending) process.off(signal, hold);
  }
}

/** What a process that a signal has ended is said to have ended with. */
export function exitCodeOf(signal: NodeJS.Signals | null): number {
  return 128 + (signal ? os.constants.signals[signal] : 0);
}

/** Lets `work` tidy up when a signal comes; returns the exit code. */
export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<number> {
  return outlivingSignals(async (signal) => {
    try {
      await work(signal);
      return 0;
    } catch (error) {
      if (signal.aborted) return signal.reason as number;
      throw error;
    }
  });
}
