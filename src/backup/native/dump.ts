import { LeashError } from "../../errors";
import { type DatabaseLogin, type Dumper, type DumpOptions, interruptedDump, saysInterrupted } from "../dumps";
import type { NativeClient } from "./find";
import { complaints, runProgram } from "./run";

/** Makes dumps in the custom format with PostgreSQL's own pg_dump, whatever the database's size, in flat memory. */
export function nativeDumper(client: NativeClient): Dumper {
  return {
    ...{ kind: "native", version: client.version, major: client.major, dump: "custom" },
    mostBytes: Number.POSITIVE_INFINITY,
    write: (login, file, options) => write(client, login, file, options),
  };
}

async function write(client: NativeClient, login: DatabaseLogin, file: string, options: DumpOptions): Promise<void> {
  const { lockWaitTimeoutMs, snapshot, tables = [], signal } = options;
  const args = [
    ...["--format=custom", "--no-password", `--file=${file}`, `--lock-wait-timeout=${lockWaitTimeoutMs}`],
    ...(snapshot === undefined ? [] : [`--snapshot=${snapshot}`]),
    ...tables.map(({ schema, name }) => `--table=${pattern(schema)}.${pattern(name)}`),
    ...(tables.length > 0 ? ["--strict-names"] : []),
  ];
  const { code, said } = await runProgram(client, "pg_dump", args, { login, signal });
  if (code === 0) return;
  // It waits for locks by a statement timeout of its own.
  if (/LOCK TABLE/.test(said) && /timeout|could not obtain lock/.test(said)) throw locked(lockWaitTimeoutMs, said);
  if (saysInterrupted(said)) throw interruptedDump(complaints(said));
  const diskIsFull = /No space left on device|Disk quota exceeded/.test(said);
  throw new LeashError(diskIsFull ? "state/disk-full" : "backup/dump-failed", "pg_dump could not dump the database.", {
    details: complaints(said),
    ...(diskIsFull ? { hint: "Free some space; the backups that are there were left alone." } : {}),
  });
}

/** A pattern that matches this name alone. */
function pattern(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function locked(waitedMs: number, said: string): LeashError {
  return new LeashError("backup/locked", "A session of the app holds a table, so that it could not be dumped.", {
    details: [`pg_dump waited ${Math.round(waitedMs / 1000)} s for it.`, ...complaints(said).slice(0, 1)],
    hint: "End the transaction that holds it (a LOCK TABLE, or a change of the schema) and try again.",
  });
}
