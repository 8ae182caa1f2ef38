import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { collectFaults, componentError } from "./faults";
import { normalizeServer, type ServerArgs } from "./server";

export interface LeashGuardArgs {
  /**
   * The server to guard, as LeashPostgres gives it: reached by its socket. Its administrator must be a superuser. Another
   * server replaces the guard; nothing of the apps' is touched. Example: `server: postgres.server`.
   */
  server: pulumi.Input<ServerArgs>;
  /**
   * The guard's image as the Docker daemon has it, built from `images/agent`; `leash-agent:1` by default. Another image
   * replaces the container. Example: `image: "leash-agent:1"`.
   */
  image?: pulumi.Input<string>;
  /**
   * Port on 127.0.0.1 of the machine that Docker runs on where Prometheus finds the metrics; none by default, and then the
   * container has no network at all. Changing it replaces the container. Example: `metricsPort: 9187`.
   */
  metricsPort?: number;
}

const passwordFile = "/etc/leash/administrator-password";

/**
 * Holds every app of a server to its plan, whatever the app's sessions set for themselves: ends what takes too long,
 * restricts what is over its storage, puts back what was changed. `LeashPostgres` contains it.
 */
export class LeashGuard extends pulumi.ComponentResource {
  /** The guard's container. */
  public readonly containerId: pulumi.Output<string>;

  constructor(name: string, args: LeashGuardArgs, opts?: pulumi.ComponentResourceOptions) {
    super("leash:index:LeashGuard", name, {}, opts);
    const { metricsPort } = collectFaults(this, name, (check) => ({
      metricsPort: check("metricsPort", () => args.metricsPort && parsePort(args.metricsPort)),
    }));
    const server = normalizeServer(args.server);
    const socket = pulumi.unsecret(server).apply(({ socketDirectory, socketVolume, superuser }) => {
      if (!superuser) throw componentError("`server`: the guard's administrator must be a superuser.", this);
      if (socketDirectory !== undefined && socketVolume !== undefined) return { socketDirectory, socketVolume };
      throw componentError("`server` has no `socketDirectory` and `socketVolume`, as LeashPostgres gives them.", this);
    });
    const image = new docker.RemoteImage(
      `${name}-image`,
      { name: args.image ?? "leash-agent:1", keepLocally: true },
      { parent: this },
    );
    const network = metricsPort ? new docker.Network(`${name}-network`, {}, { parent: this }) : undefined;
    const container = new docker.Container(
      `${name}-container`,
      {
        image: image.imageId,
        envs: pulumi
          .all([socket, pulumi.unsecret(server)])
          .apply(([{ socketDirectory }, { username }]) => [
            `LEASH_AGENT_SOCKET_DIRECTORY=${socketDirectory}`,
            `LEASH_AGENT_USER=${username}`,
            `LEASH_AGENT_PASSWORD_FILE=${passwordFile}`,
            ...(metricsPort ? [`LEASH_AGENT_METRICS_PORT=${metricsPort}`] : []),
          ]),
        // A file, because everybody who may ask Docker sees a container's environment.
        uploads: [{ file: passwordFile, content: server.apply(({ password }) => password) }],
        mounts: [
          socket.apply(({ socketDirectory, socketVolume }) => ({
            ...{ type: "volume", source: socketVolume, target: socketDirectory, readOnly: true },
          })),
        ],
        ...(network && metricsPort
          ? {
              networksAdvanced: [{ name: network.name }],
              ports: [{ internal: metricsPort, external: metricsPort, ip: "127.0.0.1", protocol: "tcp" }],
            }
          : { networkMode: "none" }),
        ...{ memory: 256, memorySwap: 256 },
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges"],
        ...{ logDriver: "json-file", logOpts: { "max-size": "10m", "max-file": "3" } },
        ...{ restart: "unless-stopped", mustRun: true, stopTimeout: 10, destroyGraceSeconds: 10 },
      },
      { parent: this },
    );
    this.containerId = container.id;
    this.registerOutputs({ containerId: this.containerId });
  }
}

function parsePort(value: number): number {
  if (Number.isInteger(value) && value >= 1024 && value <= 65535) return value;
  throw new Error(`${JSON.stringify(value)} is not a port from 1024 to 65535.`);
}
