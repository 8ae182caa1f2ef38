import { once } from "node:events";
import net from "node:net";

/** A port of 127.0.0.1 that leads to a server's socket, for clients that speak nothing but TCP. */
export interface TcpDoor {
  port: number;
  /** Called with each byte count that a client sent; may cut connections. */
  onData?: ((cut: () => void) => void) | undefined;
  close(): Promise<void>;
}

export async function openTcpDoor(socketPath: string): Promise<TcpDoor> {
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((client) => {
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
