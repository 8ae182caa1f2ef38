import { createClient } from "@redis/client";
import type { ClientProbe } from "./probe";

/** Connects as an app would, logs in, PINGs, and leaves. Throws what the client throws. */
export const probe: ClientProbe = async (url, timeoutMs, signal) => {
  const parsed = new URL(url);
  const tls = parsed.protocol === "rediss:";
  // redis-py's word, which Heroku's certificates made common.
  const isUnchecked = /^(?:none|cert_none)$/i.test(parsed.searchParams.get("ssl_cert_reqs") ?? "");
  const number = parsed.pathname.length > 1 ? undefined : parsed.searchParams.get("db");
  const client = createClient({
    url,
    ...(number && { database: Number(number) }),
    socket: {
      ...{ connectTimeout: timeoutMs, reconnectStrategy: false },
      ...(tls && { tls, rejectUnauthorized: !isUnchecked }),
    },
    // What every server speaks, and every client begins with.
    RESP: 2,
    disableClientInfo: true,
    disableOfflineQueue: true,
  });
  // Failures are told by what is awaited; unheard, the event would end the process.
  client.on("error", () => {});
  const leave = () => {
    if (client.isOpen) client.destroy();
  };
  signal.addEventListener("abort", leave);
  try {
    await client.connect();
    await orNotPermitted(client.ping());
    const info = (await orNotPermitted(client.sendCommand(["INFO", "server"]))) ?? "";
    return { says: describe(String(info)), tls };
  } finally {
    leave();
  }
};

/** A user whom the server's rules keep from a command is logged in all the same. */
async function orNotPermitted<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("NOPERM")) return undefined;
    throw error;
  }
}

function describe(info: string): string {
  const read = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1];
  const valkey = read("valkey_version");
  if (valkey !== undefined) return `Valkey ${valkey}`;
  const version = read("redis_version");
  return version === undefined ? "Redis" : `Redis ${version}`;
}
