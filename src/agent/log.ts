import path from "node:path";
import pino, { type Logger } from "pino";
import { createStream } from "rotating-file-stream";
import { eventKinds, type GuardEvent } from "../limits/events";

export type { Logger } from "pino";

/** One JSON document per line: to a file that is kept short, or to standard output, which whoever runs the agent keeps. */
export function createLog(file?: string): Logger {
  const options: pino.LoggerOptions = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level) => ({ level }) },
  };
  if (file === undefined) return pino(options);
  const stream = createStream(path.basename(file), { path: path.dirname(file), size: "5M", maxFiles: 3, mode: 0o600 });
  // A full disk must not end the agent.
  stream.on("error", () => {});
  return pino(options, stream);
}

export function logEvent(log: Logger, { kind, app, detail }: GuardEvent): void {
  log[eventKinds[kind].level]({ event: kind, app, ...detail });
}
