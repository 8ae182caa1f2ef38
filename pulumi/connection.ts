import {
  buildBridgeEnvironment,
  buildBridgeUrl,
  buildDatabaseUrl,
  buildPgEnvironment,
} from "../src/connection/credentials";
import { buildRemoteEnvironment, buildRemoteUrl } from "../src/connection/remote-url";
import { assertDriverIds, chooseConnection } from "../src/detect/connection";
import type { Server } from "./server";

/** Where the bridge of a driver without socket support listens, in the app's own network namespace. */
export const bridgePort = 15432;

/** How an app is given its database. */
export interface AppConnection {
  /** The app needs a bridge beside it, where its server has a socket. */
  bridge: boolean;
  environment(at: { id: string; password: string; server: Server | undefined }): Record<string, string>;
}

const defaultSocketPort = 5432;

/** @throws LeashError `driver/unknown` */
export function chooseAppConnection(driver: string | undefined): AppConnection {
  const drivers = (driver ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  assertDriverIds(drivers);
  const chosen = chooseConnection(drivers);
  return {
    bridge: chosen.kind === "bridge",
    environment: ({ id, password, server }) => {
      if (server?.socketDirectory === undefined) {
        const target = { host: server?.host ?? "", port: server?.port ?? 5432, sslmode: server?.sslmode ?? "require" };
        const login = { id, password, ...target };
        return { DATABASE_URL: buildRemoteUrl(login), ...buildRemoteEnvironment(login) };
      }
      const credentials = { id, password, socketDirectory: server.socketDirectory, port: defaultSocketPort };
      if (chosen.kind === "bridge") {
        return {
          DATABASE_URL: buildBridgeUrl(credentials, bridgePort),
          ...buildBridgeEnvironment(credentials, bridgePort),
        };
      }
      return { DATABASE_URL: buildDatabaseUrl(credentials, chosen.form), ...buildPgEnvironment(credentials) };
    },
  };
}

// Not a property of the component: its properties are outputs.
const connections = new WeakMap<object, AppConnection>();

export function rememberConnection(component: object, connection: AppConnection): void {
  connections.set(component, connection);
}

export function connectionOf(component: object): AppConnection | undefined {
  return connections.get(component);
}
