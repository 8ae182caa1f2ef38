import type http from "node:http";
import { errorMessage } from "../errors";
import { Guard, type GuardOptions } from "../limits/guard";
import { type AgentBackups, runBackups } from "./backups";
import { type Logger, logEvent } from "./log";
import { AgentMetrics, type MetricsAddress, serveMetrics } from "./metrics";

export interface AgentOptions extends Pick<GuardOptions, "server" | "openAs" | "limits"> {
  log: Logger;
  metrics: MetricsAddress[];
  /** false for one that makes backups alone, beside another's guard. */
  guard?: boolean;
  /** Left out, no backups are made. */
  backups?: AgentBackups;
}

/** Runs what a server needs beside it for as long as it is there, until `signal` is aborted. */
export async function runAgent(
  { log, metrics: addresses, guard: guards = true, backups, ...guarded }: AgentOptions,
  signal: AbortSignal,
): Promise<void> {
  const metrics = new AgentMetrics();
  const endpoints: http.Server[] = [];
  for (const address of addresses) {
    try {
      endpoints.push(await serveMetrics(metrics, address));
    } catch (error) {
      // The limits matter more.
      log.error({ ...address, error: errorMessage(error) }, "metrics can't be served");
    }
  }
  const work: Promise<void>[] = [];
  if (guards) {
    const guard = new Guard({
      ...guarded,
      onEvent: (event) => {
        metrics.onEvent(event);
        logEvent(log, event);
      },
      onLook: metrics.onLook,
      onSize: metrics.onSize,
    });
    work.push(guard.run(signal));
  }
  if (backups) work.push(runBackups(backups, { server: guarded.server, log, metrics: metrics.backups }, signal));
  log.info("the agent has begun");
  await Promise.all(work);
  for (const endpoint of endpoints) endpoint.close();
  log.info("the agent has ended");
}
