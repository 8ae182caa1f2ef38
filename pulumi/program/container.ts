import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ReadVariable } from "../../src/connection/read-variables";
import { attachDatabase } from "../attach-database";
import type { LeashAppDatabase } from "../leash-app-database";
import type { Server } from "../server";
import type { ProgramConfig } from "./config";

/** Runs the app's image with its environment, attached to its database's server where that has a socket. */
export function runContainer(
  { image, port, bridgeImage }: ProgramConfig & { image: string },
  environment: pulumi.Output<Record<string, string>>,
  made: { database: LeashAppDatabase; server: Server } | undefined,
  reads: readonly ReadVariable[],
): void {
  const found = new docker.RemoteImage("image", { name: image, keepLocally: true });
  const container: docker.ContainerArgs = {
    image: found.imageId,
    restart: "unless-stopped",
    securityOpts: ["no-new-privileges"],
    envs: port === undefined ? [] : [`PORT=${port}`],
    // On the loopback: a published port stands in front of the machine's firewall.
    ...(port === undefined ? {} : { ports: [{ internal: port, external: port, ip: "127.0.0.1" }] }),
  };
  if (made?.server.socketVolume !== undefined && made.server.socketDirectory !== undefined) {
    const server = pulumi.secret(made.server);
    attachDatabase(pulumi.getStack(), {
      database: made.database,
      server,
      ...{ container, reads },
      ...(bridgeImage && { bridgeImage }),
    });
    return;
  }
  const envs = pulumi
    .all([container.envs, environment])
    .apply(([given = [], ours]) => [...given, ...Object.entries(ours).map(([name, value]) => `${name}=${value}`)]);
  new docker.Container(pulumi.getStack(), { ...container, envs: pulumi.secret(envs) });
}
