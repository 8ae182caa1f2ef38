import type net from "node:net";
import { LeashError } from "../errors";

/** Longer than any message of PostgreSQL's own; rows have no such limit. */
const mostBytes = 4 * 1024 ** 2;

const headerBytes = 5;
/** DataRow and CopyData. */
const rows = new Set(["D".charCodeAt(0), "d".charCodeAt(0)]);

/**
 * Ends a connection on which the server announces a message (a notice, an error) that is longer than 4 MB. Code of an
 * app's may raise one of a gigabyte in any session that runs it, and reading that would end this process. To be called
 * before anything is sent; without TLS alone.
 */
export function boundMessages(socket: net.Socket): void {
  const header = Buffer.alloc(headerBytes);
  let known = 0;
  let toSkip = 0;
  socket.on("data", (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      if (toSkip > 0) {
        const skipped = Math.min(toSkip, chunk.length - at);
        toSkip -= skipped;
        at += skipped;
        continue;
      }
      const taken = chunk.copy(header, known, at, at + headerBytes - known);
      known += taken;
      at += taken;
      if (known < headerBytes) return;
      known = 0;
      // The length counts itself, and not the type.
      toSkip = Math.max(0, header.readUInt32BE(1) - 4);
      if (toSkip <= mostBytes || rows.has(header[0]!)) continue;
      socket.destroy(
        new LeashError(
          "connection/message-too-long",
          `The server sent a message of ${Math.ceil(toSkip / 1024 ** 2)} MB.`,
          {
            hint: "A function of the app's raises it; the connection was ended.",
          },
        ),
      );
      return;
    }
  });
}
