import fs from "node:fs";
import path from "node:path";
import { errorCode, LeashError } from "../../errors";
import { type DatabaseLogin, type Dumper, type DumpOptions, interruptedDump, saysInterrupted } from "../dumps";
import { complaints } from "../native/run";
import { runWorker, type WorkerOutcome } from "./run";
import { outputPath, wasmFile, workerFile } from "./worker-job";

/** Of the pg_dump in @electric-sql/pglite-tools. */
const version = "18.3";
/** It streams, so this is a matter of time alone: about half a minute a gigabyte. */
const mostBytes = 16 * 1024 ** 3;

/**
 * pg_dump in WebAssembly, for machines without PostgreSQL's client programs; undefined where the package lacks it. It
 * writes plain SQL with COPY, large objects included, in about 100 MB of memory. Only a row of hundreds of megabytes takes
 * more: twice its text, and one whose text is beyond about 500 MB makes the dump fail.
 */
export function wasmDumper(): Dumper | undefined {
  const worker = findWorker();
  if (worker === undefined) return undefined;
  return {
    ...{ kind: "wasm", version, major: Number.parseInt(version, 10), dump: "sql.gz", mostBytes },
    write: (login, file, options) => write(worker, login, file, options),
  };
}

/** In the package `dist/backup`; in a container's image it lies beside the agent's program. */
function findWorker(): string | undefined {
  const folders = [__dirname];
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    folders.push(path.join(folder, "dist", "backup"));
  }
  const found = folders.find((folder) =>
    [workerFile, wasmFile].every((file) => fs.existsSync(path.join(folder, file))),
  );
  return found === undefined ? undefined : path.join(found, workerFile);
}

async function write(worker: string, login: DatabaseLogin, file: string, options: DumpOptions): Promise<void> {
  const { lockWaitTimeoutMs, snapshot, tables = [], signal } = options;
  const args = [
    ...[`--file=${outputPath}`, "--no-sync", "--no-password", `--lock-wait-timeout=${lockWaitTimeoutMs}`],
    ...(snapshot === undefined ? [] : [`--snapshot=${snapshot}`]),
    ...tables.map(({ schema, name }) => `--table=${pattern(schema)}.${pattern(name)}`),
    ...(tables.length > 0 ? ["--strict-names"] : []),
  ];
  let outcome: WorkerOutcome;
  try {
    outcome = await runWorker(worker, login, args, file, signal);
  } catch (cause) {
    if (!["ENOSPC", "EDQUOT"].includes(errorCode(cause) ?? "")) throw cause;
    throw new LeashError("state/disk-full", "The disk is full: the database could not be dumped.", {
      hint: "Free some space; the backups that are there were left alone.",
      cause,
    });
  }
  if (outcome.code === 0 && outcome.whole) return;
  throw describeFailure(outcome, options);
}

/** A pattern that matches this name alone. */
function pattern(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function describeFailure({ code, said, bytes }: WorkerOutcome, { lockWaitTimeoutMs }: DumpOptions): LeashError {
  // It waits for locks by a statement timeout of its own.
  if (/LOCK TABLE/.test(said) && /timeout|could not obtain lock/.test(said)) {
    return new LeashError("backup/locked", "A session of the app holds a table, so that it could not be dumped.", {
      details: [`pg_dump waited ${Math.round(lockWaitTimeoutMs / 1000)} s for it.`, ...complaints(said).slice(0, 1)],
      hint: "End the transaction that holds it (a LOCK TABLE, or a change of the schema) and try again.",
    });
  }
  if (saysInterrupted(said)) return interruptedDump(complaints(said));
  const how = code === null ? "It was killed" : code === 0 ? "It stopped" : "It failed";
  const spoken = said.trim() === "" ? [] : complaints(said);
  return new LeashError("backup/dump-failed", "pg_dump (WebAssembly) could not dump the database.", {
    details: [`${how} after ${bytes} bytes of SQL.`, ...spoken],
    hint: "PostgreSQL's own client programs do better with very large values (Debian: postgresql-client).",
  });
}
