import { type ChildProcess, spawn } from "node:child_process";
import { errorCode, LeashError } from "../errors";
import { exitCodeOf } from "../signals";

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

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
