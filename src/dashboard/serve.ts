import fs from "node:fs";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { errorCode, LeashError } from "../errors";
import type { Home } from "../platform/home";
import { createDashboard } from "./dashboard";

/** Where the dashboard is when no port was asked for. */
export const defaultPort = 7432;
const address = "127.0.0.1";
const closeMs = 2_000;

export interface ServeOptions {
  home: Home;
  version: string;
  /** 0 takes a free one. Without it the usual one, or a free one where that is taken. */
  port?: number | undefined;
  onFault: (error: unknown) => void;
}

export interface ServedDashboard {
  port: number;
  /** A new link, which works once. */
  createLink(): string;
  close(): Promise<void>;
}

/**
 * Serves the dashboard on the loopback address.
 * @throws LeashError `dashboard/port-taken`, `dashboard/no-page`
 */
export async function serveDashboard({ home, version, port, onFault }: ServeOptions): Promise<ServedDashboard> {
  let taken = 0;
  const dashboard = createDashboard({
    ...{ home, version, onFault, page: findPage() },
    hosts: () => [`${address}:${taken}`, `localhost:${taken}`],
    port: () => taken,
  });
  const server = createAdaptorServer({
    fetch: dashboard.fetch,
    serverOptions: { requestTimeout: 30_000, headersTimeout: 10_000 },
  });
  try {
    await listen(server, port ?? defaultPort);
  } catch (error) {
    if (port !== undefined || errorCode(error) !== "EADDRINUSE") throw describe(error, port ?? defaultPort);
    await listen(server, 0);
  }
  taken = (server.address() as AddressInfo).port;
  return {
    port: taken,
    createLink: () => `http://${address}:${taken}${dashboard.createLink()}`,
    async close() {
      await dashboard.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const cut = setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), closeMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

type Server = ReturnType<typeof createAdaptorServer>;

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function describe(error: unknown, port: number): unknown {
  if (errorCode(error) === "EADDRINUSE") {
    return new LeashError("dashboard/port-taken", `Port ${port} is taken.`, {
      hint: "Name another with --port, or --port 0 for a free one.",
    });
  }
  if (errorCode(error) === "EACCES") {
    return new LeashError("dashboard/port-taken", `Port ${port} is not for your user.`, {
      hint: "Name one above 1023 with --port, or --port 0 for a free one.",
    });
  }
  return error;
}

/** In the package `dist/dashboard/web`. */
function findPage(): string {
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const candidate = path.join(folder, "dist", "dashboard", "web");
    if (fs.existsSync(candidate)) return candidate;
  }
  return path.join(__dirname, "web");
}
