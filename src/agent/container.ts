import fs from "node:fs";
import http from "node:http";
import * as z from "zod/mini";
import { openAdministratorSession } from "../connection/administrator";
import { openSession, type Session } from "../connection/open";
import { LeashError } from "../errors";
import { administrator, serverPort } from "../tenancy/server-config";
import type { TenancyServer } from "../tenancy/session";
import { runAgent } from "./agent";
import { containerBackups } from "./container-backups";
import { createLog } from "./log";

const port = z.coerce.number().check(z.int(), z.minimum(1), z.maximum(65535));

const settingsSchema = z.object({
  /** The folder of the server's socket; or, where it is reached over TCP, its host. */
  LEASH_AGENT_SOCKET_DIRECTORY: z.optional(z.string()),
  LEASH_AGENT_HOST: z.optional(z.string()),
  LEASH_AGENT_PORT: z._default(port, serverPort),
  LEASH_AGENT_SSLMODE: z._default(z.string(), "verify-full"),
  LEASH_AGENT_USER: z._default(z.string(), administrator),
  /** A file: who may ask Docker sees a container's environment. */
  LEASH_AGENT_PASSWORD_FILE: z.string(),
  /** Where to serve metrics beside the container's own socket: a port of every address of the container's. */
  LEASH_AGENT_METRICS_PORT: z.optional(port),
  /** off where another one is the server's guard. */
  LEASH_AGENT_GUARD: z._default(z.enum(["on", "off"]), "on"),
  /** A file with the settings of the backups; without it none are made. */
  LEASH_AGENT_BACKUPS: z.optional(z.string()),
});

/** An abstract one, which is in no file system: nobody outside the container's network sees it. */
const ownSocket = "\0leash-agent";

/** How an agent in a container reaches its server, and what it is to do. */
export interface ContainerReach {
  server: TenancyServer;
  /** Logs in as a one-off or as an app. */
  open: (user: string, secret: string, database: string) => Promise<Session>;
  socketDirectory: string | undefined;
  guard: boolean;
  metricsPort: number | undefined;
  /** The file with the settings of the backups. */
  backups: string | undefined;
}

/** @throws LeashError `agent/settings` with all faults */
export function reachServer(environment: NodeJS.ProcessEnv): ContainerReach {
  const settings = parseSettings(environment);
  const password = fs.readFileSync(settings.LEASH_AGENT_PASSWORD_FILE, "utf8").trim();
  const { LEASH_AGENT_SOCKET_DIRECTORY: socketDirectory, LEASH_AGENT_HOST: host } = settings;
  const open = (user: string, secret: string, database: string) =>
    socketDirectory === undefined
      ? openAdministratorSession({
          ...{ host: host!, port: settings.LEASH_AGENT_PORT, sslmode: settings.LEASH_AGENT_SSLMODE },
          ...{ user, password: secret, database },
        })
      : openSession({
          ...{ socketDirectory, port: serverPort, user, password: secret, database },
          ...{ applicationName: "leash", searchPath: "" },
        });
  return {
    server: { openSession: (database) => open(settings.LEASH_AGENT_USER, password, database) },
    ...{ open, socketDirectory, guard: settings.LEASH_AGENT_GUARD === "on" },
    ...{ metricsPort: settings.LEASH_AGENT_METRICS_PORT, backups: settings.LEASH_AGENT_BACKUPS },
  };
}

/** The agent of a server in a container or elsewhere, which it is told of by its environment. */
export async function runContainerAgent(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const { server, open, socketDirectory, guard, metricsPort, backups } = reachServer(environment);
  await runAgent(
    {
      ...{ server, guard, log: createLog() },
      openAs: ({ name, password, app }) => open(name, password, app),
      metrics: [{ socket: ownSocket }, ...(metricsPort === undefined ? [] : [{ host: "0.0.0.0", port: metricsPort }])],
      ...(backups && socketDirectory ? { backups: containerBackups({ server, socketDirectory }, backups) } : {}),
    },
    signal,
  );
}

function parseSettings(environment: NodeJS.ProcessEnv) {
  const parsed = settingsSchema.safeParse(environment);
  const faults = parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  if (!environment.LEASH_AGENT_SOCKET_DIRECTORY && !environment.LEASH_AGENT_HOST) {
    faults.push("LEASH_AGENT_SOCKET_DIRECTORY or LEASH_AGENT_HOST: one of them tells where the server is");
  }
  if (environment.LEASH_AGENT_BACKUPS && !environment.LEASH_AGENT_SOCKET_DIRECTORY) {
    faults.push("LEASH_AGENT_BACKUPS: backups take LEASH_AGENT_SOCKET_DIRECTORY");
  }
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new LeashError("agent/settings", "The agent's environment is not complete.", { details: faults });
}

/** Whether the agent in this container sees its server; for the container's health check. */
export async function isHealthy(): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ socketPath: ownSocket, path: "/healthz", timeout: 4_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
  });
}
