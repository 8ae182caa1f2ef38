import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { fillVariables, type ReadVariable } from "../src/connection/read-variables";
import { bridgePort, connectionOf } from "./connection";
import { componentError } from "./faults";
import type { LeashAppDatabase } from "./leash-app-database";
import { normalizeServer, type Server, type ServerArgs } from "./server";

export interface AttachDatabaseArgs {
  /** The app's database; made in the same program. Another one replaces the container. Example: `database: notes`. */
  database: LeashAppDatabase;
  /**
   * The server that `database` is on, as `LeashPostgres` gives it out: it tells where the socket is. Example:
   * `server: postgres.server`.
   */
  server: pulumi.Input<ServerArgs>;
  /**
   * The app's container, as `docker.Container` takes it. `DATABASE_URL` and the `PG*` variables are put into its
   * environment, and the server's socket into its files. A rotated password replaces the container. Refused are
   * `privileged`, the capability SYS_ADMIN and `networkMode: "host"`, with which an app could get at the server's socket or
   * the administrator's port, and variables and mounts that the database brings. Example:
   * `container: { image: "notes:1.4.2", ports: [{ internal: 3000, external: 3000, ip: "127.0.0.1" }] }`.
   */
  container: docker.ContainerArgs;
  /**
   * The bridge's image as the Docker daemon has it, built from `images/bridge`; none by default. Needed where the app's
   * driver can't use a unix socket, and not used elsewhere. Another image replaces the bridge. Example:
   * `bridgeImage: "leash-bridge:1"`.
   */
  bridgeImage?: pulumi.Input<string>;
  /**
   * What else the app reads its connection from, beside `DATABASE_URL` and the `PG*` variables: the variable, and which part
   * of the connection it takes, as `leash detect --json` tells; none by default. Changing it replaces the container. Example:
   * `reads: [{ name: "DB_HOST", part: "host" }]`.
   */
  reads?: readonly ReadVariable[];
}

export interface AttachedDatabase {
  /** The app's container. */
  container: docker.Container;
  /** The bridge beside it, where the app's driver needs one. */
  bridge?: docker.Container;
}

const pgVariables = ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE"];
const broughtVariables = ["DATABASE_URL", ...pgVariables];

/**
 * Makes an app's container that has its database: the environment to reach it, and the server's socket, read-only,
 * because an app that can write there can put a socket of its own in its place and collect its neighbours' passwords.
 *
 * A driver without socket support gets a bridge: a container on a network that it shares with the app alone.
 * @throws pulumi.ResourceError
 */
export function attachDatabase(
  name: string,
  args: AttachDatabaseArgs,
  opts: pulumi.CustomResourceOptions = {},
): AttachedDatabase {
  const { database, container } = args;
  const connection = connectionOf(database);
  if (!connection) throw fault(args, "`database` is not a LeashAppDatabase of this program.");
  // What is plain is told before anything is made.
  if (Array.isArray(container.envs))
    assertOwnVariables(
      args,
      container.envs.filter((one) => typeof one === "string"),
    );
  assertConfined(args, container);
  const socket = socketOf(args);
  if (!connection.bridge) {
    const envs = joinEnvironment(args, database.environment);
    return { container: new docker.Container(name, { ...container, envs, mounts: joinMounts(args, socket) }, opts) };
  }
  if (args.bridgeImage === undefined) {
    throw fault(
      args,
      "The app's driver can't use a unix socket, so it needs a bridge: give `bridgeImage`, built from images/bridge.",
    );
  }
  if (container.networkMode !== undefined) {
    throw fault(args, "`container.networkMode` leaves no way to the bridge that the app's driver needs: take it out.");
  }
  const { bridge, network, alias } = createBridge(name, args, socket, args.bridgeImage, opts);
  const envs = joinEnvironment(args, throughBridge(database.environment, alias));
  const networksAdvanced = pulumi
    .all([container.networksAdvanced, network.name])
    .apply(([given, name]) => [...(given ?? []), { name }]);
  const app = new docker.Container(
    name,
    { ...container, envs, networksAdvanced },
    { ...opts, dependsOn: pulumi.all([pulumi.output(opts.dependsOn ?? []), bridge]).apply(([a, b]) => [a, b].flat()) },
  );
  return { container: app, bridge };
}

function fault({ database }: AttachDatabaseArgs, text: string): Error {
  return componentError(text, pulumi.Resource.isInstance(database) ? database : undefined);
}

interface Socket {
  directory: string;
  volume: string;
}

function socketOf(args: AttachDatabaseArgs): pulumi.Output<Socket> {
  // Where the socket is is no secret; as one it would hide the whole container in previews.
  return pulumi.unsecret(normalizeServer(args.server)).apply(({ socketDirectory, socketVolume }: Server) => {
    if (socketDirectory !== undefined && socketVolume !== undefined) {
      return { directory: socketDirectory, volume: socketVolume };
    }
    throw fault(
      args,
      "`server` has no `socketDirectory` and `socketVolume`, as LeashPostgres gives them. An app on another server needs no attaching: put `database.environment` into its container.",
    );
  });
}

/** Ours win: an app with somebody else's DATABASE_URL would write into another database, and nobody would notice. */
function joinEnvironment(
  args: AttachDatabaseArgs,
  environment: pulumi.Output<Record<string, string>>,
): pulumi.Output<string[]> {
  const { envs, privileged, networkMode, capabilities } = args.container;
  const given = pulumi.all([envs, privileged, networkMode, capabilities]).apply(([list, ...confinement]) => {
    const [privileged, networkMode, capabilities] = confinement;
    assertConfined(args, { privileged, networkMode, capabilities });
    return assertOwnVariables(args, list ?? []);
  });
  const joined = pulumi.all([given, environment]).apply(([envs, ours]) => {
    const own = new Set(envs.map((one) => one.split("=", 1)[0]!));
    const others = Object.entries(fillVariables(args.reads ?? [], ours)).filter(([name]) => !own.has(name));
    return [...envs, ...[...Object.entries(ours), ...others].map(([name, value]) => `${name}=${value}`)];
  });
  return pulumi.secret(joined);
}

function assertOwnVariables(args: AttachDatabaseArgs, envs: string[]): string[] {
  const clashing = envs.map((one) => one.split("=", 1)[0]!).filter((one) => broughtVariables.includes(one));
  if (clashing.length === 0) return envs;
  throw fault(args, `\`container.envs\` sets ${clashing.join(", ")}, which the database brings: take it out there.`);
}

/** As far as it is known: what is not yet is looked at again when it is. */
function assertConfined(
  args: AttachDatabaseArgs,
  { privileged, networkMode, capabilities }: Pick<docker.ContainerArgs, "privileged" | "networkMode" | "capabilities">,
): void {
  if (privileged === true)
    throw fault(args, "`container.privileged` lets the app replace the server's socket: take it out.");
  if (networkMode === "host") {
    throw fault(args, "`container.networkMode: host` brings the app to the administrator's port: take it out.");
  }
  const adds = (capabilities as { adds?: unknown } | undefined)?.adds;
  const found = Array.isArray(adds) ? adds.find((one) => /^(?:cap_)?(?:sys_admin|all)$/i.test(String(one))) : undefined;
  if (found === undefined) return;
  throw fault(args, `\`container.capabilities\` adds ${found}, with which the app can replace the server's socket.`);
}

function joinMounts(args: AttachDatabaseArgs, socket: pulumi.Output<Socket>) {
  const { mounts, volumes } = args.container;
  return pulumi.all([mounts, volumes, socket]).apply(([mounts = [], volumes = [], { directory, volume }]) => {
    const sources = [...mounts.map(({ source }) => source), ...volumes.map(({ volumeName }) => volumeName)];
    if (sources.includes(volume)) {
      throw fault(args, "`container` mounts the server's socket itself: take it out, it is mounted read-only.");
    }
    return [...mounts, socketMount(volume, directory)];
  });
}

const socketMount = (source: string, target: string) => ({ type: "volume", source, target, readOnly: true });

interface BridgeParts {
  bridge: docker.Container;
  network: docker.Network;
  alias: pulumi.Output<string>;
}

/**
 * On a network and not in the app's network namespace: a namespace ends whenever the app's container restarts, and
 * Docker starts no container in the namespace of one that is not running, so a reboot or a crash would part the two.
 */
function createBridge(
  name: string,
  { database, container }: AttachDatabaseArgs,
  socket: pulumi.Output<Socket>,
  imageName: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): BridgeParts {
  // What tells where resources belong goes for the app's companions too; the rest is the app's own.
  const { parent, provider, transformations, transforms } = opts;
  const belonging = { parent, transformations, transforms } as pulumi.ResourceOptions;
  const options: pulumi.CustomResourceOptions = { ...belonging, ...(provider ? { provider } : {}) };
  // A name that nobody on the app's other networks can take, and so be asked for the password in the bridge's place.
  const alias = new random.RandomString(
    `${name}-bridge-alias`,
    { length: 20, upper: false, special: false },
    belonging,
  ).result.apply((text) => `leash-${text}`);
  // Where the app has other networks this one leads nowhere else; where it has none it is its way out.
  const internal = pulumi.output(container.networksAdvanced).apply((given) => (given ?? []).length > 0);
  const network = new docker.Network(`${name}-bridge-network`, { internal }, options);
  const image = new docker.RemoteImage(`${name}-bridge-image`, { name: imageName, keepLocally: true }, options);
  const bridge = new docker.Container(
    `${name}-bridge`,
    {
      image: image.imageId,
      envs: pulumi
        .all([database.databaseId, socket])
        .apply(([id, { directory }]) => [
          `LEASH_BRIDGE_ROLE=${id}`,
          `LEASH_BRIDGE_SOCKET=${directory}/.s.PGSQL.5432`,
          `LEASH_BRIDGE_PORT=${bridgePort}`,
          "LEASH_BRIDGE_HOST=0.0.0.0",
        ]),
      mounts: [socket.apply(({ volume, directory }) => socketMount(volume, directory))],
      networksAdvanced: [{ name: network.name, aliases: [alias] }],
      ...{ memory: 128, memorySwap: 128, readOnly: true },
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
      ...{ logDriver: "json-file", logOpts: { "max-size": "1m", "max-file": "2" } },
      ...{ restart: "unless-stopped", mustRun: true, stopTimeout: 5, destroyGraceSeconds: 5 },
    },
    options,
  );
  return { bridge, network, alias };
}

/** The environment says 127.0.0.1, where a bridge is on a laptop. */
function throughBridge(
  environment: pulumi.Output<Record<string, string>>,
  alias: pulumi.Output<string>,
): pulumi.Output<Record<string, string>> {
  return pulumi.all([environment, alias]).apply(
    ([{ DATABASE_URL = "", ...others }, host]): Record<string, string> => ({
      ...others,
      DATABASE_URL: DATABASE_URL.replace(`@127.0.0.1:${bridgePort}/`, `@${host}:${bridgePort}/`),
      PGHOST: host,
    }),
  );
}
