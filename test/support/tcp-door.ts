import { once } from "node:events";
import net from "node:net";
import { TLSSocket } from "node:tls";

/** A port of 127.0.0.1 that leads to a server's socket, for clients that speak nothing but TCP. */
export interface TcpDoor {
  port: number;
  /** Called with each byte count that a client sent; may cut connections. */
  onData?: ((cut: () => void) => void) | undefined;
  close(): Promise<void>;
}

/** @param certificate makes it a door that takes encrypted connections alone */
export async function openTcpDoor(
  socketPath: string,
  certificate?: { key: string; certificate: string },
): Promise<TcpDoor> {
  const sockets = new Set<net.Socket>();
  const listener = net.createServer(async (plain) => {
    plain.on("error", () => {});
    const client = certificate ? await encrypt(plain, certificate) : plain;
    if (!client) return;
    const server = net.connect(socketPath);
    const cut = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", cut).on("close", () => {
        sockets.delete(socket);
        cut();
      });
    }
    client.on("data", (bytes) => {
      server.write(bytes);
      door.onData?.(cut);
    });
    server.on("data", (bytes) => client.write(bytes));
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const door: TcpDoor = {
    port: (listener.address() as net.AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
  return door;
}

/** PostgreSQL's own opening: the client asks, one letter answers. Undefined where the client does not ask. */
async function encrypt(
  plain: net.Socket,
  { key, certificate: cert }: { key: string; certificate: string },
): Promise<net.Socket | undefined> {
  const [request] = (await once(plain, "data")) as [Buffer];
  if (request.length !== 8 || request.readInt32BE(4) !== 80877103) {
    plain.destroy();
    return undefined;
  }
  plain.write("S");
  return new TLSSocket(plain, { isServer: true, key, cert });
}
