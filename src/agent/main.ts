import { errorMessage } from "../errors";
import { runEmbeddedAgent } from "./embedded";

/** The agent's program: `node main.js`, with the home in LEASH_HOME. */
async function main(): Promise<void> {
  process.title = "leash-agent";
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  // Who has started it may go, and its terminal with it.
  process.on("SIGHUP", () => {});
  await runEmbeddedAgent(stop);
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(errorMessage(error));
    process.exit(1);
  },
);
