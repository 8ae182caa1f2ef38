import { randomInt } from "node:crypto";
import { once } from "node:events";
import net from "node:net";

/**
 * A port on which nothing listens at the moment. Below those that the kernel gives to connections (from 32768 on): one of
 * these may be taken by another test before it is used.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_768);
    const listener = net.createServer();
    const isFree = once(listener, "listening").then(
      () => true,
      () => false,
    );
    listener.listen(port, "127.0.0.1");
    if (!(await isFree)) continue;
    listener.close();
    await once(listener, "close");
    return port;
  }
}
