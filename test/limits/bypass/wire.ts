import type { Socket } from "node:net";
import type { Client } from "pg";

const int32 = (n: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(n);
  return bytes;
};
const int16 = (n: number) => int32(n).subarray(2);
const text = (words: string) => Buffer.from(`${words}\0`);

/** A message of PostgreSQL's protocol. */
export const message = (type: string, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
};

export const simpleQuery = (sql: string) => message("Q", text(sql));

/** Parse, Bind, Execute and Flush; without Sync the server waits for more. */
export const extendedQuery = (sql: string) =>
  Buffer.concat([
    message("P", text(""), text(sql), int16(0)),
    message("B", text(""), text(""), int16(0), int16(0), int16(0)),
    message("E", text(""), int32(0)),
    message("H"),
  ]);

/** Calls `pg_sleep(seconds)` as a function, past the executor. */
export const fastpathSleep = (seconds: number) => {
  const argument = Buffer.alloc(8);
  argument.writeDoubleBE(seconds);
  const pgSleep = 2626;
  return message("F", int32(pgSleep), int16(1), int16(1), int16(1), int32(8), argument, int16(1));
};

/** The packet that begins a session, and nothing after it. */
export const startupPacket = (user: string) => {
  const body = Buffer.concat([int32(196_608), ...["user", user, "database", user, ""].map(text)]);
  return Buffer.concat([int32(body.length + 4), body]);
};

export const socketOf = (client: unknown) => (client as { connection: { stream: Socket } }).connection.stream;

/** Speaks to the server past the client; rejects with the SQLSTATE of the first error that the server tells. */
export function speak(client: Client, ...messages: Buffer[]): Promise<never> {
  const socket = socketOf(client);
  socket.removeAllListeners("data");
  return new Promise((_, reject) => {
    let heard = "";
    socket.on("data", (bytes: Buffer) => {
      heard = (heard + bytes.toString("latin1")).slice(-4_000);
      const code = /\0C(\w{5})\0M/.exec(heard)?.[1];
      if (code) reject(Object.assign(new Error("the server ended it"), { code }));
    });
    socket.on("close", () => reject(new Error("closed without a word")));
    socket.write(Buffer.concat(messages));
  });
}
