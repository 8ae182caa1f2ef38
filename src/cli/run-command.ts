import { type ChildProcess, spawn } from "node:child_process";
import os from "node:os";
import { errorCode, LeashError } from "../errors";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
const ending = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

export interface CommandOptions {
  env: NodeJS.ProcessEnv;
  /** From `outlivingSignals`. */
  interruption?: AbortSignal | undefined;
}

/** Runs a command in place of this process, as far as signals and input go; returns its exit code. */
export async function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<number> {
  const { env, interruption } = options;
  if (interruption?.aborted) return interruption.reason as number;
  if (!interruption) process.removeAllListeners("SIGINT");
  const child = spawn(command, args, { env, stdio: "inherit" });
  const stopForwarding = forwardSignals(child);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => resolve(code ?? exitCodeOf(signal)));
    });
  } catch (cause) {
    throw describeSpawnError(cause, command);
  } finally {
    stopForwarding();
  }
}

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

function exitCodeOf(signal: NodeJS.Signals | null): number {
  return 128 + (signal ? os.constants.signals[signal] : 0);
}

function forwardSignals(child: ChildProcess): () => void {
  const stops = forwarded.map((signal) => {
    const forward = () => {
      // Ctrl-C on a terminal reaches the whole process group: a second one would be a second order.
      if (!(process.stdin.isTTY && signal === "SIGINT")) child.kill(signal);
    };
    process.on(signal, forward);
    return () => process.off(signal, forward);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

function describeSpawnError(cause: unknown, command: string): unknown {
  const shown = JSON.stringify(command);
  switch (errorCode(cause)) {
    case "ENOENT":
      return new LeashError("run/not-found", `There is no command ${shown}.`, {
        hint: "Look at its spelling and at PATH; a shell's own words need a shell: leash run -- sh -c '…'",
        cause,
      });
    case "EACCES":
      return new LeashError("run/not-executable", `${shown} may not be executed.`, {
        hint: "Make it executable (chmod +x), or name its interpreter.",
        cause,
      });
    default:
      return cause;
  }
}
