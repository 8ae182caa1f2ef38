import fs from "node:fs";
import { LeashError } from "../../errors";
import type { DatabaseLogin, DumpReader, RestoreFault, RestoreOptions } from "../dumps";
import type { NativeClient } from "./find";
import { complaints, type RunOptions, runProgram } from "./run";

/** Reads dumps in the custom format with PostgreSQL's own pg_restore. */
export function nativeReader(client: NativeClient): DumpReader {
  return {
    async list(file) {
      const entries = await readToc(client, file, {});
      return entries.filter(({ type }) => type === "TABLE DATA").map(({ key }) => key);
    },
    async readThrough(file) {
      // Written as SQL to nowhere: every block is decompressed.
      const { code, said } = await runProgram(client, "pg_restore", ["--file=/dev/null", file], {});
      if (code !== 0) throw corrupt(client, file, said);
    },
    restore: (login, file, options) => restore(client, login, file, options),
  };
}

interface TocEntry {
  type: string;
  /** Schema and name with a blank between them; line breaks are blanks too. */
  key: string;
}

const types = ["TABLE DATA", "BLOBS", "BLOB", "SEQUENCE SET", "MATERIALIZED VIEW DATA"];

/** `3412; 0 16390 TABLE DATA public notes app_7k2m9qd4tx_owner` */
async function readToc(client: NativeClient, file: string, options: Pick<RunOptions, "signal">): Promise<TocEntry[]> {
  const chunks: Buffer[] = [];
  const { code, said } = await runProgram(client, "pg_restore", ["--list", file], {
    ...options,
    onOutput: (chunk) => chunks.push(chunk),
  });
  const lines = Buffer.concat(chunks).toString("utf8").split("\n");
  if (code !== 0 || !lines.some((line) => line.startsWith(";     Format: "))) throw corrupt(client, file, said);
  return lines.flatMap((line) => {
    const [, rest] = /^\d+; \d+ \d+ (.*)$/.exec(line) ?? [];
    if (rest === undefined) return [];
    const type = types.find((one) => rest.startsWith(`${one} `)) ?? rest.split(" ")[0]!;
    // The owner stands last, and is a role of the app's: a word.
    return { type, key: rest.slice(type.length + 1).replace(/ \S*$/, "") };
  });
}

function corrupt(client: NativeClient, file: string, said: string): LeashError {
  if (isNewer(file) && /unsupported version/.test(said)) {
    return new LeashError("backup/no-client", `pg_restore ${client.version} is too old for ${file}.`, {
      hint: "Name the bin folder of PostgreSQL's client that wrote it, or of a newer one, in LEASH_POSTGRES_CLIENT_BIN.",
    });
  }
  return new LeashError("backup/corrupt", `${file} is no whole dump.`, {
    details: said.trim() === "" ? [] : complaints(said),
    hint: "Take another backup (`leash backups list`); a file to import must be whole, as pg_dump wrote it.",
  });
}

/** Whether the header is one of pg_dump's: of its formats each release may have a new one (1.16 in PostgreSQL 18). */
function isNewer(file: string): boolean {
  const head = Buffer.alloc(7);
  const fd = fs.openSync(file, "r");
  try {
    fs.readSync(fd, head);
  } finally {
    fs.closeSync(fd);
  }
  return head.subarray(0, 5).toString("latin1") === "PGDMP" && head[5] === 1 && head[6]! < 64;
}

async function restore(
  client: NativeClient,
  login: DatabaseLogin,
  file: string,
  { withoutGrants, onProgress, signal }: RestoreOptions,
): Promise<RestoreFault[]> {
  const total = (await readToc(client, file, { signal })).length;
  let done = 0;
  const args = [
    ...["--no-password", "--no-owner", "--no-tablespaces", "--no-publications", "--no-subscriptions"],
    // With it a materialized view over a table with policies is filled as the app would fill it.
    ...["--no-security-labels", "--enable-row-security", "--verbose", `--dbname=${login.database}`],
    ...(withoutGrants ? ["--no-privileges"] : []),
    file,
  ];
  const faults: RestoreFault[] = [];
  let type = "";
  let fatal = "";
  const onLine = (line: string) => {
    if (/^pg_restore: (creating|processing|executing) /.test(line)) onProgress?.(Math.min(1, ++done / total));
    const entry = /^pg_restore: from TOC entry \d+; \d+ \d+ (.*)$/.exec(line)?.[1];
    if (entry !== undefined) type = types.find((one) => entry.startsWith(`${one} `)) ?? kindOf(entry);
    const message = /^pg_restore: error: (.*)$/.exec(line)?.[1];
    if (message === undefined) return;
    if (/could not execute query|COPY failed/.test(message)) faults.push(fault(type, message));
    else fatal ||= message;
  };
  const { code, said } = await runProgram(client, "pg_restore", args, { login, signal, onLine });
  if (fatal || (code !== 0 && faults.length === 0)) {
    if (/could not read|unexpected end|invalid|corrupt|compress|decompress/i.test(fatal))
      throw corrupt(client, file, said);
    throw new LeashError("restore/failed", "pg_restore could not go on.", { details: complaints(fatal || said) });
  }
  return faults;
}

/** A kind is words in capitals, and what is granted or commented on begins with such words too. */
const kindOf = (entry: string) => /^(?:(?:DEFAULT )?ACL|COMMENT|(?:[A-Z]+ )+)(?= |\b)/.exec(entry)?.[0].trim() ?? "";

function fault(type: string, message: string): RestoreFault {
  const words = message.replace(/^could not execute query: /, "").replace(/^ERROR:\s*/, "");
  const code = /role ".*" does not exist/.test(words) ? "42704" : undefined;
  return { type, ...(code ? { code } : {}), message: words.slice(0, 400) };
}
