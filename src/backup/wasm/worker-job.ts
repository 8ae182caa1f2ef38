/** What the worker reads from its stdin: nobody sees it in a list of processes. */
export interface WorkerJob {
  /** libpq's variables, the password among them; for the program alone, not for the process. */
  environment: Record<string, string>;
  args: string[];
}

/** The worker's end of the connection to the server. */
export const wireDescriptor = 3;

/** What the program takes for its output file. */
export const outputPath = "/dev/dump";

/** Files of the bundle, side by side. */
export const workerFile = "pg-dump-wasm.js";
export const wasmFile = "pg_dump.wasm";
