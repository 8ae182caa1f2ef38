import { once } from "node:events";
import net from "node:net";
import { pipeline } from "node:stream/promises";
import { encodeErrorResponse, ProtocolFault, parseStartupPacket, type StartupPacket } from "./startup-packet";

export interface BridgeOptions {
  /** The server's socket: `<folder>/.s.PGSQL.<port>`. */
  socketPath: string;
  /** The one role that may pass. */
  role: string;
  /** The one database that it may ask for; that of the role's name by default. */
  database?: string | undefined;
  /** 127.0.0.1 by default. */
  host?: string | undefined;
  /** A free one by default. */
  port?: number | undefined;
}

export interface Bridge {
  port: number;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

const startupTimeoutMs = 10_000;
/** How long a client may take to close its side after it was told that the connection is over. */
const lingerMs = 2_000;
const maxConnections = 50;
/** Beyond the connections there must be room for cancel requests, and for telling a client that there are too many. */
const maxSockets = 2 * maxConnections;

/**
 * Forwards connections from a port to the server's unix socket, for drivers that can't use one. The password is checked
 * by the server alone; the bridge sees to it that whoever reaches the port reaches no more than the one app's database.
 */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { socketPath, role, database = role, host, port: wanted } = options;
  const sockets = new Set<net.Socket>();
  const track = (socket: net.Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // Each failure closes the socket, and that is what the others wait for.
    socket.on("error", () => {});
  };
  let connections = 0;

  const serve = async (client: net.Socket) => {
    const opening = await readOpening(client);
    if (!opening) return;
    if (opening.packet.kind === "startup") {
      assertAllowed(opening.packet.parameters, { role, database });
      if (connections >= maxConnections) throw new ProtocolFault("53300", "too many connections through the bridge");
      connections += 1;
      client.once("close", () => {
        connections -= 1;
      });
    }
    const server = net.connect({ path: socketPath, allowHalfOpen: true });
    track(server);
    try {
      await once(server, "connect");
    } catch {
      throw new ProtocolFault("08006", "the database server is not running");
    }
    server.write(opening.bytes);
    await forward(client, server);
  };

  const listener = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    track(client);
    serve(client).catch((error: unknown) => refuse(client, error));
  });
  listener.maxConnections = maxSockets;
  listener.listen(wanted ?? 0, host ?? "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as net.AddressInfo;

  return {
    port,
    close: async () => {
      const closed = listener.listening ? once(listener, "close") : undefined;
      listener.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Opening {
  packet: Exclude<StartupPacket, { kind: "encryption" }>;
  /** The packet, and what came after it. */
  bytes: Buffer;
}

/**
 * Reads up to the packet that opens the connection, and says no to encryption before it. Undefined when the client went
 * away or took too long.
 * @throws ProtocolFault
 */
function readOpening(client: net.Socket): Promise<Opening | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => client.destroy(), startupTimeoutMs);
    const asked = new Set<string>();
    let bytes: Buffer = Buffer.alloc(0);
    const read = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      try {
        const packet = takeOpening();
        if (packet) settle(() => resolve({ packet, bytes }));
      } catch (fault) {
        settle(() => reject(fault));
      }
    };
    const takeOpening = () => {
      for (;;) {
        const packet = parseStartupPacket(bytes);
        if (packet?.kind !== "encryption") return packet;
        if (asked.has(packet.method)) throw new ProtocolFault("08P01", "encryption was asked for twice");
        asked.add(packet.method);
        client.write("N");
        bytes = bytes.subarray(packet.length);
      }
    };
    const leave = () => {
      settle(() => resolve(undefined));
      client.destroy();
    };
    const settle = (report: () => void) => {
      clearTimeout(timer);
      client.off("data", read).off("end", leave).off("close", leave);
      // Nothing is lost between here and the pipeline.
      client.pause();
      report();
    };
    client.on("data", read).once("end", leave).once("close", leave);
  });
}

function assertAllowed(
  parameters: readonly (readonly [string, string])[],
  { role, database }: { role: string; database: string },
): void {
  const denied = (what: string) => new ProtocolFault("28000", `this bridge is for ${role} alone: ${what}`);
  if (!parameters.some(([name]) => name === "user")) throw denied("the startup packet names no user");
  // Without a database the server takes the one of the user's name.
  if (database !== role && !parameters.some(([name]) => name === "database")) {
    throw denied("the startup packet names no database");
  }
  for (const [name, value] of parameters) {
    if (name === "user" && value !== role) throw denied("another user was asked for");
    if (name === "database" && value !== database) throw denied("another database was asked for");
    if (name === "replication") throw denied("replication is not allowed");
  }
}

/** Carries both directions until both are done; when one breaks, the pipelines end the other. */
async function forward(client: net.Socket, server: net.Socket): Promise<void> {
  // A client that keeps its side open after the server is gone would hold its place for ever.
  server.once("end", () => setTimeout(() => client.destroy(), lingerMs).unref());
  await Promise.allSettled([pipeline(client, server), pipeline(server, client)]);
  client.destroy();
  server.destroy();
}

function refuse(client: net.Socket, error: unknown): void {
  const fault = error instanceof ProtocolFault ? error : new ProtocolFault("XX000", "the bridge failed");
  // Unread bytes would turn the closing into a reset, which can overtake the message.
  client.resume();
  client.end(encodeErrorResponse(fault));
  setTimeout(() => client.destroy(), lingerMs).unref();
}
