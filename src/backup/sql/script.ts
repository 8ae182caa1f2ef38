import fs from "node:fs";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { LeashError } from "../../errors";
import type { Piece } from "./pieces";
import { ScriptSplitter } from "./split";

export interface ScriptOptions {
  /** Hears how far it is, from 0 to 1. */
  onProgress?: ((part: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

const chunkBytes = 256 * 1024;
/** A statement is held in memory; rows of a COPY are not. */
const mostStatementBytes = 256 * 1024 ** 2;
const utf8Mark = Buffer.from([0xef, 0xbb, 0xbf]);
const trailer = /^-- PostgreSQL database (?:cluster )?dump complete$/;

/**
 * The pieces of a dump in SQL, compressed by gzip or plain, in flat memory. That it is whole is known when the last one
 * has come.
 * @throws LeashError `backup/corrupt`, `restore/unsupported-format`; what `signal` was aborted with
 */
export async function* readScript(file: string, { onProgress, signal }: ScriptOptions = {}): AsyncGenerator<Piece> {
  const head = readHead(file);
  assertSql(file, head);
  const size = fs.statSync(file).size;
  const raw = fs.createReadStream(file, { highWaterMark: chunkBytes });
  const isCompressed = head[0] === 0x1f && head[1] === 0x8b;
  const text = isCompressed ? pipeline(raw, createGunzip({ chunkSize: chunkBytes }), () => {}) : raw;
  const splitter = new ScriptSplitter();
  let isWhole = false;
  let isFirst = true;
  try {
    for await (const chunk of text as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      const start = isFirst && chunk.subarray(0, 3).equals(utf8Mark) ? 3 : 0;
      if (isFirst && isCompressed) assertSql(file, chunk.subarray(0, 8));
      isFirst = false;
      for (const piece of splitter.push(chunk.subarray(start))) {
        isWhole = goesWith(isWhole, piece);
        yield piece;
      }
      if (splitter.pending > mostStatementBytes) throw corrupt(file, "One of its statements is larger than 256 MB.");
      onProgress?.(size === 0 ? 1 : Math.min(1, raw.bytesRead / size));
    }
    for (const piece of splitter.end()) {
      isWhole = goesWith(isWhole, piece);
      yield piece;
    }
  } catch (cause) {
    if (!(cause instanceof Error && /^Z_/.test((cause as NodeJS.ErrnoException).code ?? ""))) throw cause;
    throw corrupt(file, `It can't be decompressed: ${cause.message}.`, cause);
  } finally {
    raw.destroy();
  }
  if (splitter.unfinished !== "nothing") throw corrupt(file, `It ends in the middle: ${splitter.unfinished}.`);
  if (!isWhole) throw corrupt(file, 'Its last line is not pg_dump\'s "-- PostgreSQL database dump complete".');
}

/** Whatever follows the trailer but psql's `\unrestrict` means that it was none. */
function goesWith(isWhole: boolean, piece: Piece): boolean {
  if (piece.kind === "comment") return isWhole || trailer.test(piece.text);
  return isWhole && piece.kind === "command";
}

function readHead(file: string): Buffer {
  const fd = fs.openSync(file, "r");
  try {
    const head = Buffer.alloc(8);
    return head.subarray(0, fs.readSync(fd, head, 0, head.length, 0));
  } finally {
    fs.closeSync(fd);
  }
}

function assertSql(file: string, head: Buffer): void {
  const name = head.toString("latin1");
  const other = name.startsWith("PGDMP")
    ? "pg_dump's custom format"
    : name.startsWith("\xff\xfe") || name.startsWith("\xfe\xff")
      ? "text in UTF-16"
      : name.startsWith("PK\x03\x04")
        ? "a zip archive"
        : undefined;
  if (other === undefined) return;
  throw new LeashError("restore/unsupported-format", `${file} is ${other}, and not SQL in UTF-8.`, {
    exitCode: 2,
    hint: "Pass a dump by `pg_dump --file=dump.sql` (or compressed by gzip), or one in the custom format by its own name.",
  });
}

function corrupt(file: string, why: string, cause?: unknown): LeashError {
  return new LeashError("backup/corrupt", `${file} is no whole dump.`, {
    details: [why],
    hint: "Take another backup (`leash backups list`); a file to import must be whole, as pg_dump wrote it.",
    cause,
  });
}
