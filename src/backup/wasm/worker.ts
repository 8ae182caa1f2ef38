// pg_dump in a process of its own. It waits for the server as programs in C do, without going back to Node's event loop,
// so the parent carries its connection to the server's socket; when the parent ends, so does the connection.
import fs from "node:fs";
import path from "node:path";
import { createPgDump, type PgDumpModule } from "./pg-dump-module";
import { outputPath, type WorkerJob, wasmFile, wireDescriptor } from "./worker-job";

const outputDescriptor = 1;
/** A major number that Emscripten gives to none of its own devices. */
const outputMajor = 70;

async function main(): Promise<void> {
  const job = JSON.parse(fs.readFileSync(0, "utf8")) as WorkerJob;
  let exitCode = 0;
  const program = await createPgDump({
    thisProgram: "pg_dump",
    wasmBinary: fs.readFileSync(path.join(__dirname, wasmFile)),
    print: say,
    printErr: say,
    onExit: (code) => {
      exitCode = code;
    },
    preRun: [
      (module) => {
        Object.assign(module.ENV, job.environment);
        module.onRuntimeInitialized = () => {
          connectWire(module);
          createOutput(module);
        };
      },
    ],
  });
  program.callMain(job.args);
  process.exitCode = exitCode;
}

function connectWire(module: PgDumpModule): void {
  // libpq believes that reading never waits and, in the middle of large messages, reads until there is nothing. So each
  // read that brought something is followed by an empty one; the server has gone only when two are empty.
  let hasJustRead = false;
  const read = module.addFunction((pointer, length) => {
    // The memory is another one after it has grown, so it is looked up each time.
    const bytes = hasJustRead ? 0 : fs.readSync(wireDescriptor, module.HEAPU8, pointer, length, null);
    hasJustRead = bytes > 0;
    return bytes;
  }, "iii");
  const write = module.addFunction((pointer, length) => {
    writeAll(wireDescriptor, module.HEAPU8, pointer, length);
    return length;
  }, "iii");
  module._pgl_set_rw_cbs(read, write);
}

/** A device that hands each piece of the dump on, so that memory never holds more than a few rows. */
function createOutput({ FS }: PgDumpModule): void {
  const device = FS.makedev(outputMajor, 0);
  FS.registerDevice(device, {
    open(stream) {
      stream.seekable = false;
    },
    close() {},
    write(_stream, buffer, offset, length) {
      writeAll(outputDescriptor, buffer, offset, length);
      return length;
    },
  });
  FS.mkdev(outputPath, 0o600, device);
}

function writeAll(descriptor: number, bytes: Uint8Array, offset: number, length: number): void {
  for (let written = 0; written < length; ) {
    written += fs.writeSync(descriptor, bytes, offset + written, length - written);
  }
}

function say(line: string): void {
  // It looks for its own executable, of which there is none.
  if (!/^(?:invalid binary|could not find a "pg_dump")/.test(line)) fs.writeSync(2, `${line}\n`);
}

main().catch((error: unknown) => {
  say(`pg_dump: error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
