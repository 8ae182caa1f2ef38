/** PostgreSQL's own limit (MAX_STARTUP_PACKET_LENGTH). */
const longestPacket = 10_000;

// https://www.postgresql.org/docs/18/protocol-message-formats.html
const cancelCode = 80_877_102;
const tlsCode = 80_877_103;
const gssCode = 80_877_104;
const protocolMajor = 3;
/** A cancel's key has 4 bytes, and up to 256 since protocol 3.2. */
const cancelLength = { min: 16, max: 12 + 256 };

/** The first packet of a connection, or one that asks for encryption before it. */
export type StartupPacket =
  | { kind: "encryption"; length: number; method: "tls" | "gss" }
  | { kind: "cancel"; length: number }
  /** Parameters in their order; a name may come twice, and the server takes the last. */
  | { kind: "startup"; length: number; parameters: readonly (readonly [name: string, value: string])[] };

/** What a client is told before its connection is closed. */
export class ProtocolFault extends Error {
  /** @param sqlState five characters */
  constructor(
    readonly sqlState: string,
    message: string,
  ) {
    super(message);
    this.name = "ProtocolFault";
  }
}

/**
 * The packet at the start of `bytes`, or undefined when more bytes must come.
 * @throws ProtocolFault as soon as the bytes can't become a packet
 */
export function parseStartupPacket(bytes: Buffer): StartupPacket | undefined {
  if (bytes.length < 4) return undefined;
  const length = bytes.readUInt32BE(0);
  if (length < 8 || length > longestPacket) throw new ProtocolFault("08P01", "invalid length of startup packet");
  if (bytes.length < length) return undefined;
  const code = bytes.readUInt32BE(4);
  if ((code === tlsCode || code === gssCode) && length === 8) {
    return { kind: "encryption", length, method: code === tlsCode ? "tls" : "gss" };
  }
  if (code === cancelCode && length >= cancelLength.min && length <= cancelLength.max)
    return { kind: "cancel", length };
  if (code >>> 16 !== protocolMajor) {
    throw new ProtocolFault("0A000", "unsupported frontend protocol: this server speaks version 3");
  }
  return { kind: "startup", length, parameters: parseParameters(bytes.subarray(8, length)) };
}

/** Names and values, each ended by a zero byte, and one more zero byte at the very end. */
function parseParameters(body: Buffer): [string, string][] {
  const malformed = new ProtocolFault("08P01", "invalid startup packet layout");
  if (body.at(-1) !== 0) throw malformed;
  if (body.length === 1) return [];
  const words = body.subarray(0, -1).toString("utf8").split("\0");
  // What follows the last value's zero byte is an empty word; any other empty name would end the list too early.
  if (words.pop() !== "" || words.length % 2 !== 0) throw malformed;
  const parameters: [string, string][] = [];
  for (let i = 0; i < words.length; i += 2) {
    const name = words[i] ?? "";
    if (name === "") throw malformed;
    parameters.push([name, words[i + 1] ?? ""]);
  }
  return parameters;
}

/** An ErrorResponse of severity FATAL. */
export function encodeErrorResponse({ sqlState, message }: ProtocolFault): Buffer {
  const fields = { S: "FATAL", V: "FATAL", C: sqlState, M: message };
  const text = Object.entries(fields).map(([type, value]) => `${type}${value}\0`);
  const body = Buffer.from(`${text.join("")}\0`);
  const head = Buffer.alloc(5, "E");
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
