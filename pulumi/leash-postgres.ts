import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { administrator, pgHbaConf, postgresqlConf, serverPort } from "../src/tenancy/server-config";
import { collectFaults } from "./faults";
import { LeashGuard } from "./leash-guard";
import { LeashServerBaseline } from "./leash-server-baseline";
import { configFolder, createPool, poolFolder } from "./pool";
import { createServerProvider, type ServerArgs } from "./server";

export interface LeashPostgresArgs {
  /**
   * The server's image as the Docker daemon has it, built from `images/postgres`; `leash-postgres:18` by default. Another
   * image replaces the container and keeps the data, so it must hold the same major version of PostgreSQL, on a base of
   * the same kind; the server refuses data of another one. Example: `image: "leash-postgres:18.4"`.
   */
  image?: pulumi.Input<string>;
  /**
   * The port that the administrator uses, on 127.0.0.1 of the machine that Docker runs on; 54320 by default. Apps don't
   * use it. Changing it replaces the container and keeps the data. Example: `port: 54321`.
   */
  port?: number;
  /**
   * What the server may take of the machine's memory, in MB; 1024 by default, at least 256. Changing it may restart the server, and keeps the data.
   * Example: `memoryMb: 4096`.
   */
  memoryMb?: number;
  /**
   * The folder of the server's socket in its own container and in the apps'; `/run/leash` by default. Changing it
   * replaces the containers and keeps the data. Example: `socketDirectory: "/run/postgres"`.
   */
  socketDirectory?: string;
  /**
   * Name of the Docker volume that holds the data; made up by default. With the name of a volume that is there already
   * (of a program whose state was lost) the server takes over its data. Changing it leaves the old data behind. Example:
   * `dataVolumeName: "platform-data"`.
   */
  dataVolumeName?: string;
  /**
   * Whether a `LeashGuard` runs beside the server; true by default. Without one the apps' limits are what their own
   * sessions leave of them. Example: `guard: false`.
   */
  guard?: boolean;
  /**
   * The guard's image; `leash-agent:1` by default. Another image replaces the guard's container alone. Example:
   * `guardImage: "leash-agent:1"`.
   */
  guardImage?: pulumi.Input<string>;
  /**
   * Port on 127.0.0.1 where Prometheus finds the guard's metrics; none by default. Changing it replaces the guard's
   * container alone. Example: `metricsPort: 9187`.
   */
  metricsPort?: number;
  /**
   * Whether PgBouncer runs beside the server, for apps with `pool: true`; false by default. Turning it off leaves such apps
   * without a connection until their stacks are up again. Example: `pool: true`.
   */
  pool?: boolean;
  /** Any text; changing it gives the administrator another password, which restarts the server. Example: `rotate: "2"`. */
  rotate?: pulumi.Input<string>;
  /**
   * Whether the data is protected from being deleted; true by default. To remove a server set it to false, run `pulumi
   * up`, then take the component out: that deletes the databases of all its apps. Example: `deletionProtection: false`.
   */
  deletionProtection?: boolean;
}

const dataFolder = "/var/lib/postgresql";
const mostProcesses = 2048;

/**
 * A PostgreSQL server in Docker for the databases of many apps: on a unix socket in a volume, which `attachDatabase` gives
 * to the apps' containers, and on a network of its own, where the administrator alone may log in. Prepared for apps
 * (`LeashServerBaseline`) by the time its outputs are known, and watched over by a guard (`LeashGuard`).
 */
export class LeashPostgres extends pulumi.ComponentResource {
  /** What `LeashAppDatabase`, `createServerProvider` and `attachDatabase` take. Secret. */
  public readonly server: pulumi.Output<ServerArgs>;
  /** Network of the server's own; no app belongs on it. */
  public readonly networkName: pulumi.Output<string>;
  /** Volume of the socket's folder. */
  public readonly socketVolume: pulumi.Output<string>;
  /** The server's container; another one after a change of the image, the port or the password. */
  public readonly containerId: pulumi.Output<string>;

  constructor(name: string, args: LeashPostgresArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("leash:index:LeashPostgres", name, {}, opts);
    const make: Making = { component: this, name, args, settings: parseArgs(this, name, args) };

    const password = createPassword(make);
    const network = new docker.Network(`${name}-network`, {}, { parent: this });
    const data = createVolume(make, "data", args.dataVolumeName);
    const socket = createVolume(make, "socket");
    const image = createImage(make);
    const container = createContainer(make, { password, network, data, socket, image });

    if (args.pool) createPool(make.component, name, { ...make.settings, password, socket, image });
    const server = describeServer(make, password, socket);
    const provider = createServerProvider(`${name}-server`, server, { parent: this, dependsOn: [container] });
    const baseline = new LeashServerBaseline(
      `${name}-baseline`,
      { server, deletionProtection: args.deletionProtection ?? true },
      { parent: this, providers: [provider] },
    );

    this.server = pulumi.secret(pulumi.all([server, baseline.groups]).apply(([prepared]) => prepared));
    if (args.guard ?? true) createGuard(make, this.server);
    this.networkName = network.name;
    this.socketVolume = socket.name;
    this.containerId = container.id;
    this.registerOutputs({
      server: this.server,
      networkName: this.networkName,
      socketVolume: this.socketVolume,
      containerId: this.containerId,
    });
  }
}

interface Settings {
  port: number;
  memoryMb: number;
  socketDirectory: string;
}

interface Making {
  component: LeashPostgres;
  name: string;
  args: LeashPostgresArgs;
  settings: Settings;
}

function parseArgs(component: LeashPostgres, name: string, args: LeashPostgresArgs): Settings {
  return collectFaults(component, name, (check) => ({
    port: check("port", () => parseWhole(args.port ?? 54320, 1, 65535)),
    memoryMb: check("memoryMb", () => parseWhole(args.memoryMb ?? 1024, 256, 1024 * 1024)),
    socketDirectory: check("socketDirectory", () => parseFolder(args.socketDirectory ?? "/run/leash")),
    dataVolumeName: check("dataVolumeName", () => args.dataVolumeName && parseVolumeName(args.dataVolumeName)),
  }));
}

function parseWhole(value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${JSON.stringify(value)} is not a whole number from ${least} to ${most}.`);
}

function parseFolder(value: string): string {
  // A socket's path has at most 107 bytes, and `.s.PGSQL.5432.lock` belongs to it.
  if (/^(\/[\w-][\w.-]*)+$/.test(value) && value.length <= 80) return value;
  throw new Error(
    `${JSON.stringify(value)} is not an absolute path of letters, digits, "_", "-", "." and at most 80 bytes.`,
  );
}

function parseVolumeName(value: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,100}$/.test(value)) return value;
  throw new Error(`${JSON.stringify(value)} is not a name for a Docker volume: letters, digits, "_", "-" and ".".`);
}

// Not protected: where it is lost, the next one is set as the server starts.
function createPassword({ component, name, args }: Making): pulumi.Output<string> {
  const keepers = { rotate: pulumi.output(args.rotate ?? "") };
  const options = { parent: component };
  const password = new random.RandomPassword(`${name}-password`, { length: 48, special: false, keepers }, options);
  return password.result;
}

function createVolume({ component, name, args }: Making, kind: string, volumeName?: string): docker.Volume {
  return new docker.Volume(`${name}-${kind}`, volumeName === undefined ? {} : { name: volumeName }, {
    parent: component,
    protect: args.deletionProtection ?? true,
  });
}

interface Parts {
  password: pulumi.Output<string>;
  network: docker.Network;
  data: docker.Volume;
  socket: docker.Volume;
  image: docker.RemoteImage;
}

function createImage({ component, name, args }: Making): docker.RemoteImage {
  const image = { name: args.image ?? "leash-postgres:18", keepLocally: true };
  return new docker.RemoteImage(`${name}-image`, image, { parent: component });
}

function createContainer(make: Making, { password, network, data, socket, image }: Parts): docker.Container {
  const { component, name, settings } = make;
  const { port, memoryMb, socketDirectory } = settings;
  const config = postgresqlConf({ name, socketDirectory, tcp: true, log: "stderr" });
  const mount = (source: docker.Volume, target: string) => ({ type: "volume", source: source.name, target });
  return new docker.Container(
    `${name}-container`,
    {
      image: image.imageId,
      envs: [`LEASH_SOCKET_DIRECTORY=${socketDirectory}`],
      // Files, because everybody who may ask Docker sees a container's environment and command.
      uploads: [
        { file: `${configFolder}/postgresql.conf`, content: config },
        { file: `${configFolder}/pg_hba.conf`, content: pgHbaConf({ tcp: true }) },
        { file: `${configFolder}/administrator-password`, content: pulumi.secret(password) },
      ],
      mounts: [mount(data, dataFolder), mount(socket, socketDirectory)],
      networksAdvanced: [{ name: network.name }],
      ports: [{ internal: serverPort, external: port, ip: "127.0.0.1", protocol: "tcp" }],

      ...{ memory: memoryMb, memorySwap: memoryMb, shmSize: Math.min(256, Math.floor(memoryMb / 4)) },
      // Docker's own limit on processes is not among the provider's; this one counts all of the server's user, on whatever
      // server, and so leaves room for more than the connections of one.
      ulimits: [{ name: "nproc", soft: mostProcesses, hard: mostProcesses }],
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
      // The rest of its files belongs to root; Docker can't upload into a container that is read-only as a whole.
      tmpfs: { "/tmp": "rw,noexec,nosuid,nodev,size=64m" },
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },

      ...{ restart: "unless-stopped", mustRun: true, wait: true, waitTimeout: 180 },
      healthcheck: {
        tests: ["CMD", "leash-entrypoint", "healthy"],
        ...{ interval: "2s", timeout: "3s", startPeriod: "2m0s", retries: 6 },
      },
      // The time that PostgreSQL gets to write down what it has in memory.
      ...{ stopSignal: "SIGINT", stopTimeout: 60, destroyGraceSeconds: 60 },
    },
    // Two servers on the same data would destroy it.
    { parent: component, deleteBeforeReplace: true, dependsOn: [data, socket] },
  );
}

function createGuard({ component, name, args }: Making, server: pulumi.Output<ServerArgs>): LeashGuard {
  const { guardImage: image, metricsPort } = args;
  const settings = { ...(image === undefined ? {} : { image }), ...(metricsPort === undefined ? {} : { metricsPort }) };
  return new LeashGuard(`${name}-guard`, { server, ...settings }, { parent: component });
}

/**
 * Without a word of the container: it is deleted before it is replaced, and all whose inputs come from it would go along.
 * What needs the running server comes after the provider, which depends on the container.
 */
function describeServer(
  { settings, args }: Making,
  password: pulumi.Output<string>,
  socket: docker.Volume,
): pulumi.Output<ServerArgs> {
  return pulumi.secret(
    pulumi.all([password, socket.name]).apply(([password, socketVolume]) => ({
      ...{ host: "127.0.0.1", port: settings.port, sslmode: "disable" },
      ...{ username: administrator, password, superuser: true },
      ...{ socketDirectory: settings.socketDirectory, socketVolume },
      ...(args.pool ? { poolSocketDirectory: poolFolder(settings.socketDirectory) } : {}),
    })),
  );
}
