import { ensureAgent, keepAgent, stopAgent } from "./agent-process";
import type { Home } from "./home";
import { ensurePool, stopPool } from "./pool";
import { type Progress, startServer, stopServer } from "./server";
import { readServerRecord, type ServerRecord } from "./server-record";

/**
 * Makes sure that the home's server runs, and beside it the agent, which holds the apps to their limits, and
 * the pool where an app uses it.
 * @throws LeashError `server/…`, `state/…`, `home/…`
 */
export async function startPlatform(home: Home, progress: Progress = () => {}): Promise<ServerRecord> {
  const record = await startServer(home, progress);
  await ensureAgent(home);
  // What is wrong with the pool is told to the apps that use it, and `leash doctor` tells it.
  await ensurePool(home, record).catch(() => undefined);
  return record;
}

/** Stops both; returns false when the server was not running. */
export async function stopPlatform(home: Home): Promise<boolean> {
  // The agent would start the server again.
  await stopAgent(home);
  const record = readServerRecord(home);
  if (record) await stopPool(home, record);
  return stopServer(home);
}

const watchMs = 5_000;

/** Does `work`, and sees to it that the agent lives meanwhile: an app may run for months without another command. */
export async function withPlatform<Result>(home: Home, work: () => Promise<Result>): Promise<Result> {
  const watch = setInterval(() => {
    // Whatever is wrong, the next time may be better; the command goes on.
    keepAgent(home).catch(() => {});
  }, watchMs);
  try {
    return await work();
  } finally {
    clearInterval(watch);
  }
}
