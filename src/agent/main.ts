import { errorMessage } from "../errors";
import { agentTitle } from "../platform/agent-process";
import { runBackupCommand } from "./backup-commands";
import { isHealthy, runContainerAgent } from "./container";
import { runEmbeddedAgent } from "./embedded";

/** The agent's program: beside an embedded server with its home in LEASH_HOME, or in a container; there `healthy` asks it, and `backups` is for operators. */
async function main([command, ...words]: readonly string[]): Promise<number> {
  if (command === "healthy") return (await isHealthy()) ? 0 : 1;
  if (command === "backups") return runBackupCommand(words, process.env);
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  if (process.env.LEASH_AGENT_PASSWORD_FILE) {
    await runContainerAgent(process.env, stop.signal);
    return 0;
  }
  process.title = agentTitle;
  // Who has started it may go, and its terminal with it.
  process.on("SIGHUP", () => {});
  await runEmbeddedAgent(stop);
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(errorMessage(error));
    process.exit(1);
  },
);
