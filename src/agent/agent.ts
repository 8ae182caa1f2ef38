import type http from "node:http";
import { errorMessage } from "../errors";
import { Guard, type GuardOptions } from "../limits/guard";
import { type Logger, logEvent } from "./log";
import { AgentMetrics, type MetricsAddress, serveMetrics } from "./metrics";

export interface AgentOptions extends Pick<GuardOptions, "server" | "openAs" | "limits"> {
  log: Logger;
  metrics: MetricsAddress[];
}

/** Runs what a server needs beside it for as long as it is there, until `signal` is aborted. */
export async function runAgent(
  { log, metrics: addresses, ...guarded }: AgentOptions,
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
  const guard = new Guard({
    ...guarded,
    onEvent: (event) => {
      metrics.onEvent(event);
      logEvent(log, event);
    },
    onLook: metrics.onLook,
    onSize: metrics.onSize,
  });
  log.info("the agent has begun");
  await guard.run(signal);
  for (const endpoint of endpoints) endpoint.close();
  log.info("the agent has ended");
}
