import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { describeConnectionError } from "../../connection/connection-error";
import type { DatabaseLogin } from "../dumps";
import { Tail } from "../sql/tail";
import { type WorkerJob, wireDescriptor } from "./worker-job";

export interface WorkerOutcome {
  code: number | null;
  /** What pg_dump said, the last 64 kB of it. */
  said: string;
  /** Bytes of SQL. */
  bytes: number;
  /** Whether the SQL ends as a whole dump does. */
  whole: boolean;
}

const mostSaid = 64 * 1024;
/** The dump is compressed on the way, and the slowest step of it: the fastest level is half the time for a tenth more. */
const gzipLevel = 3;

/**
 * Runs pg_dump's WebAssembly in a process of its own and writes what it dumps, compressed and flushed, into `file`.
 * @throws LeashError `connection/…`; what `signal` was aborted with; errors of the file system
 */
export async function runWorker(
  worker: string,
  login: DatabaseLogin,
  args: string[],
  file: string,
  signal: AbortSignal | undefined,
): Promise<WorkerOutcome> {
  signal?.throwIfAborted();
  const server = await connectSocket(login);
  const child = spawn(process.execPath, [worker], {
    cwd: "/",
    // Nothing of the caller's: NODE_OPTIONS would be heard.
    env: { LC_ALL: "C" },
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const kill = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  process.once("exit", kill);
  try {
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    });
    ended.catch(() => {});
    const [stdin, stdout, stderr] = [child.stdin!, child.stdout!, child.stderr!];
    let said = "";
    stderr.setEncoding("utf8").on("data", (chunk: string) => {
      said = (said + chunk).slice(-mostSaid);
    });
    carry(server, child.stdio[wireDescriptor] as Duplex);
    // A worker that is killed before it has read this is told of by its end.
    stdin.on("error", () => {});
    stdin.end(JSON.stringify({ environment: variablesOf(login), args } satisfies WorkerJob));
    const tail = new Tail();
    await pipeline(
      stdout,
      tail,
      createGzip({ level: gzipLevel }),
      fs.createWriteStream(file, { mode: 0o600, flush: true }),
    );
    const code = await ended;
    signal?.throwIfAborted();
    return { code, said, bytes: tail.bytes, whole: tail.isWhole };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", kill);
    process.removeListener("exit", kill);
    kill();
    server.destroy();
  }
}

function connectSocket({ socketDirectory, port, ...target }: DatabaseLogin): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(path.join(socketDirectory, `.s.PGSQL.${port}`));
    socket.once("connect", () => resolve(socket));
    socket.once("error", (error) => reject(describeConnectionError(error, { socketDirectory, port, ...target })));
  });
}

/** When one side ends the other one hears of it, and pg_dump says what it makes of that. */
function carry(server: net.Socket, wire: Duplex): void {
  for (const side of [server, wire]) side.on("error", () => {});
  server.pipe(wire);
  wire.pipe(server);
  server.once("close", () => wire.destroy());
  wire.once("close", () => server.destroy());
}

function variablesOf({ socketDirectory, port, user, password, database }: DatabaseLogin): Record<string, string> {
  return {
    ...{ PGHOST: socketDirectory, PGPORT: String(port), PGUSER: user, PGPASSWORD: password, PGDATABASE: database },
    ...{ PGAPPNAME: "leash", PGPASSFILE: "/nonexistent", PGSERVICEFILE: "/nonexistent" },
  };
}
