import { Transform, type TransformCallback } from "node:stream";

const trailer = "\n-- PostgreSQL database dump complete\n--\n";
/** What pg_dump writes behind its trailer: blank lines and `\unrestrict` with its key. */
const mostBehind = 512;

/** Lets a dump's SQL through and keeps its end in mind. */
export class Tail extends Transform {
  bytes = 0;
  private last: Buffer = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += chunk.length;
    const kept = trailer.length + mostBehind;
    this.last = Buffer.from(Buffer.concat([this.last, chunk.subarray(-kept)]).subarray(-kept));
    done(null, chunk);
  }

  /** Whether it ends with pg_dump's "dump complete". */
  get isWhole(): boolean {
    const text = this.last.toString("latin1");
    const at = text.lastIndexOf(trailer);
    return at >= 0 && /^(?:\s|\\unrestrict \w+\n)*$/.test(text.slice(at + trailer.length));
  }
}
