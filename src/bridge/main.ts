import path from "node:path";
import * as z from "zod/mini";
import { startBridge } from "../connection/bridge";
import { errorMessage } from "../errors";

// The bridge as a program of its own, for a container beside the app's.

// zod/mini has no words of its own.
const socket = { error: "expected the absolute path of the server's socket" };
const role = { error: "expected the id of an app" };
const port = { error: "expected a port, 1 to 65535" };
const environmentSchema = z.object({
  LEASH_BRIDGE_SOCKET: z.string(socket).check(z.refine((text) => path.isAbsolute(text), socket)),
  LEASH_BRIDGE_ROLE: z.string(role).check(z.regex(/^[a-z_][a-z0-9_]{0,62}$/, role)),
  LEASH_BRIDGE_PORT: z.coerce.number(port).check(z.int(port), z.gte(1, port), z.lte(65535, port)),
  /** Where the port is listened on. */
  LEASH_BRIDGE_HOST: z._default(z.ipv4({ error: "expected an IPv4 address" }), "127.0.0.1"),
});

async function main(): Promise<number> {
  const parsed = environmentSchema.safeParse(process.env);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path: [name], message }) => `  ${String(name)}: ${message}`);
    console.error(`The bridge's environment is wrong:\n${faults.join("\n")}`);
    return 2;
  }
  const { LEASH_BRIDGE_SOCKET: socketPath, LEASH_BRIDGE_ROLE: role, ...at } = parsed.data;
  const { LEASH_BRIDGE_PORT: port, LEASH_BRIDGE_HOST: host } = at;
  const ended = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => resolve());
  });
  try {
    const bridge = await startBridge({ socketPath, role, port, host });
    console.log(`bridge for ${role} on ${host}:${port}`);
    await ended;
    await bridge.close();
    return 0;
  } catch (error) {
    console.error(`The bridge can't listen on ${host}:${port}: ${errorMessage(error)}`);
    return 1;
  }
}

void main().then((code) => process.exit(code));
