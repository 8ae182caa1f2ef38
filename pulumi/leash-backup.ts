import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { parseBackupSettings } from "../src/backup/settings";
import { LeashError } from "../src/errors";
import { collectFaults, componentError } from "./faults";
import { normalizeServer, type ServerArgs } from "./server";

/** A bucket of S3, or of a service that speaks its language. */
export interface BackupS3Args {
  /** The bucket, which must be there. Example: `bucket: "acme-backups"`. */
  bucket: pulumi.Input<string>;
  /** Folder inside the bucket; the bucket's own top by default. Example: `prefix: "platform"`. */
  prefix?: pulumi.Input<string>;
  /** The bucket's region; `us-east-1` by default. Example: `region: "eu-central-1"`. */
  region?: pulumi.Input<string>;
  /** Address of a service that is not Amazon's. Example: `endpoint: "https://minio.example.com"`. */
  endpoint?: pulumi.Input<string>;
  /**
   * Together with `secretAccessKey`; without them the container gets the role of the machine it runs on. They may list, read,
   * write and delete objects under `prefix`. Kept as a secret. Example: `accessKeyId: config.requireSecret("accessKeyId")`.
   */
  accessKeyId?: pulumi.Input<string>;
  /** Kept as a secret. Example: `secretAccessKey: config.requireSecret("secretAccessKey")`. */
  secretAccessKey?: pulumi.Input<string>;
}

/** Where backups are kept: exactly one of the three. */
export interface BackupDestinationArgs {
  /**
   * Name of a Docker volume: of one that is there (of a server that was lost), or of one to be made. Pulumi never deletes
   * it. Example: `volumeName: "platform-backups"`.
   */
  volumeName?: string;
  /**
   * Folder of the machine that Docker runs on; it must be there and belong to user 65532 (`install -d -o 65532 -m 0700`).
   * Example: `hostFolder: "/srv/backups"`.
   */
  hostFolder?: string;
  /** A bucket. Example: `s3: { bucket: "acme-backups", region: "eu-central-1" }`. */
  s3?: BackupS3Args;
}

export interface LeashBackupArgs {
  /**
   * The server whose apps are backed up, as LeashPostgres gives it: reached by its socket. Its administrator must be a
   * superuser. Another server replaces the container; the backups stay. Example: `server: postgres.server`.
   */
  server: pulumi.Input<ServerArgs>;
  /**
   * The apps to back up, by database id; all of the server's by default, those that come later among them. What there is
   * of the others is kept, and not pruned. Example: `apps: [notes.databaseId]`.
   */
  apps?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * What people call the apps, by database id, for logs, alerts and manifests. Example: `names: { app_7k2m9qd4tx: "Notes" }`.
   */
  names?: pulumi.Input<{ [id: string]: pulumi.Input<string> }>;
  /**
   * When each app is backed up: cron of five fields; `0 3 * * *` by default. Example: `schedule: "30 1,13 * * *"`.
   */
  schedule?: string;
  /** Time zone of `schedule` and `drill`, by its IANA name; `UTC` by default. Example: `timezone: "Europe/Berlin"`. */
  timezone?: string;
  /**
   * How many days a backup is kept; 7 by default. Making it less deletes older ones with the next backup, once as many
   * newer good ones as the schedule makes are there. Example: `retentionDays: 30`.
   */
  retentionDays?: number;
  /**
   * When the newest backup of each app is restored on trial, compared and dropped: cron, `0 6 * * 0` by default, or `off`.
   * Example: `drill: "0 6 * * *"`.
   */
  drill?: string;
  /**
   * Where backups are kept; a volume of the component's own by default. With another one the backups of the former stay
   * where they are, and are not found any more. Example: `destination: { volumeName: "platform-backups" }`.
   */
  destination?: BackupDestinationArgs;
  /**
   * Address that is told by POST of what goes wrong: failed, missing and broken backups. Kept as a secret. Example:
   * `webhook: config.requireSecret("alerts")`.
   */
  webhook?: pulumi.Input<string>;
  /**
   * The image as the Docker daemon has it, built from `images/backup` on the server's own; `leash-backup:1` by default.
   * It must hold the server's major version of PostgreSQL or a newer one. Example: `image: "leash-backup:1"`.
   */
  image?: pulumi.Input<string>;
  /**
   * Port on 127.0.0.1 of the machine that Docker runs on where Prometheus finds the metrics; none by default. Example:
   * `metricsPort: 9188`.
   */
  metricsPort?: number;
  /** What the container may take of the machine's memory, in MB; 512 by default, at least 256. Example: `memoryMb: 1024`. */
  memoryMb?: number;
  /**
   * Whether the component's own volume is protected from being deleted; true by default. With false, taking the component
   * out deletes all backups in it. Volumes by name, folders and buckets are never deleted. Example: `deletionProtection: false`.
   */
  deletionProtection?: boolean;
}

const passwordFile = "/etc/leash/administrator-password";
const settingsFile = "/etc/leash/backups.json";
const folder = "/var/backups/leash";

/**
 * Backs up the apps of a server: each app's database is dumped on a schedule, checked, kept with its plan and its
 * password's verifier, restored on trial, and pruned. With `docker exec CONTAINER leash-backups` backups are listed and
 * restored, and the apps of a lost server rebuilt on a new one. Changing an argument replaces the container at most; what
 * that does to backups stands with the argument.
 */
export class LeashBackup extends pulumi.ComponentResource {
  /** The container, in which `leash-backups` is run. */
  public readonly containerId: pulumi.Output<string>;
  /** The volume that holds the backups; empty where they are elsewhere. */
  public readonly volumeName: pulumi.Output<string>;

  constructor(name: string, args: LeashBackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("leash:index:LeashBackup", name, {}, opts);
    const { memoryMb } = parseArgs(this, name, args);
    const server = normalizeServer(args.server);
    const reach = readReach(this, server);
    const volume = createVolume(this, name, args);
    const image = new docker.RemoteImage(
      `${name}-image`,
      { name: args.image ?? "leash-backup:1", keepLocally: true },
      { parent: this },
    );
    const { metricsPort, destination = {} } = args;
    const connected = metricsPort !== undefined || destination.s3 !== undefined || args.webhook !== undefined;
    const network = connected ? new docker.Network(`${name}-network`, {}, { parent: this }) : undefined;
    const container = new docker.Container(
      `${name}-container`,
      {
        image: image.imageId,
        envs: pulumi
          .all([reach, pulumi.unsecret(server)])
          .apply(([{ socketDirectory }, { username }]) => [
            `LEASH_AGENT_SOCKET_DIRECTORY=${socketDirectory}`,
            `LEASH_AGENT_USER=${username}`,
            `LEASH_AGENT_PASSWORD_FILE=${passwordFile}`,
            `LEASH_AGENT_BACKUPS=${settingsFile}`,
            "LEASH_AGENT_GUARD=off",
            ...(metricsPort === undefined ? [] : [`LEASH_AGENT_METRICS_PORT=${metricsPort}`]),
          ]),
        // Files, because everybody who may ask Docker sees a container's environment.
        uploads: [
          { file: passwordFile, content: server.apply(({ password }) => password) },
          { file: settingsFile, content: describeSettings(this, args) },
        ],
        mounts: [
          reach.apply(({ socketDirectory, socketVolume }) => ({
            ...{ type: "volume", source: socketVolume, target: socketDirectory, readOnly: true },
          })),
          ...(destination.hostFolder ? [{ type: "bind", source: destination.hostFolder, target: folder }] : []),
          ...(volume ? [{ type: "volume", source: volume, target: folder }] : []),
        ],
        ...(network ? { networksAdvanced: [{ name: network.name }] } : { networkMode: "none" }),
        ...(metricsPort === undefined
          ? {}
          : { ports: [{ internal: metricsPort, external: metricsPort, ip: "127.0.0.1", protocol: "tcp" }] }),
        ...{ memory: memoryMb, memorySwap: memoryMb },
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges"],
        ...{ logDriver: "json-file", logOpts: { "max-size": "10m", "max-file": "3" } },
        ...{ restart: "unless-stopped", mustRun: true, stopTimeout: 20, destroyGraceSeconds: 20 },
      },
      { parent: this },
    );
    this.containerId = container.id;
    this.volumeName = pulumi.output(volume ?? "");
    this.registerOutputs({ containerId: this.containerId, volumeName: this.volumeName });
  }
}

function parseArgs(component: LeashBackup, name: string, args: LeashBackupArgs): { memoryMb: number } {
  return collectFaults(component, name, (check) => {
    for (const fault of findSettingsFaults(args)) {
      const [, path, says] = /^(\w+): (.*)$/s.exec(fault) ?? ["", "settings", fault];
      check(path!, () => {
        throw new Error(says);
      });
    }
    check("destination", () => assertDestination(args.destination));
    check("metricsPort", () => args.metricsPort === undefined || assertWhole(args.metricsPort, 1024, 65535));
    return { memoryMb: check("memoryMb", () => assertWhole(args.memoryMb ?? 512, 256, 1024 * 1024)) };
  });
}

/** What stands in the program itself; the rest is known when the settings are written. */
function findSettingsFaults(args: LeashBackupArgs): readonly string[] {
  try {
    parseBackupSettings(plainSettings(args), "LeashBackup");
    return [];
  } catch (error) {
    if (error instanceof LeashError) return error.details;
    throw error;
  }
}

function plainSettings({ schedule, timezone, retentionDays, drill }: LeashBackupArgs) {
  return Object.fromEntries(
    Object.entries({
      schedule,
      timezone: timezone ?? "UTC",
      retentionDays,
      drill: drill === "off" ? false : drill,
    }).filter(([, value]) => value !== undefined),
  );
}

function assertDestination(destination: BackupDestinationArgs | undefined): void {
  if (destination === undefined) return;
  const { volumeName, hostFolder, s3 } = destination;
  const given = Object.entries({ volumeName, hostFolder, s3 }).filter(([, value]) => value !== undefined);
  if (given.length !== 1) {
    const found = given.length === 0 ? "none" : given.map(([key]) => key).join(" and ");
    throw new Error(`takes exactly one of volumeName, hostFolder and s3, and has ${found}.`);
  }
  if (volumeName !== undefined && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,100}$/.test(volumeName)) {
    throw new Error(
      `${JSON.stringify(volumeName)} is not a name for a Docker volume: letters, digits, "_", "-" and ".".`,
    );
  }
  if (hostFolder !== undefined && !/^\/[^/]/.test(hostFolder)) {
    throw new Error(`${JSON.stringify(hostFolder)} is not the absolute path of a folder.`);
  }
  if (s3 !== undefined && (s3.accessKeyId === undefined) !== (s3.secretAccessKey === undefined)) {
    throw new Error("s3.accessKeyId and s3.secretAccessKey come together.");
  }
}

function assertWhole(value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${JSON.stringify(value)} is not a whole number from ${least} to ${most}.`);
}

interface Reach {
  socketDirectory: string;
  socketVolume: string;
}

function readReach(component: LeashBackup, server: ReturnType<typeof normalizeServer>): pulumi.Output<Reach> {
  return pulumi.unsecret(server).apply(({ socketDirectory, socketVolume, superuser }) => {
    if (!superuser) throw componentError("`server`: the administrator of LeashBackup must be a superuser.", component);
    if (socketDirectory !== undefined && socketVolume !== undefined) return { socketDirectory, socketVolume };
    throw componentError(
      "`server` has no `socketDirectory` and `socketVolume`, as LeashPostgres gives them.",
      component,
    );
  });
}

/** The volume of the backups; none where they are elsewhere. Only the component's own is Pulumi's to delete. */
function createVolume(
  component: LeashBackup,
  name: string,
  { destination, deletionProtection = true }: LeashBackupArgs,
): pulumi.Input<string> | undefined {
  if (destination) return destination.volumeName;
  return new docker.Volume(`${name}-backups`, {}, { parent: component, protect: deletionProtection }).name;
}

/** The file that the agent reads its settings from. Secret: it may hold keys. */
function describeSettings(component: LeashBackup, args: LeashBackupArgs): pulumi.Output<string> {
  const { apps, names, webhook, destination } = args;
  const s3 = destination?.s3 && { ...destination.s3 };
  return pulumi.secret(pulumi.output({ apps, names, webhook, s3 })).apply(({ apps, names, webhook, s3 }) => {
    const settings = {
      ...plainSettings(args),
      ...(webhook ? { webhook } : {}),
      destination: s3 ? { s3 } : { folder },
    };
    try {
      parseBackupSettings(JSON.parse(JSON.stringify(settings)), "LeashBackup");
    } catch (error) {
      const details =
        error instanceof LeashError ? error.details.map((detail) => `\n  ${detail}`).join("") : String(error);
      throw componentError(`The arguments of LeashBackup are wrong:${details}`, component);
    }
    const wrong = (apps ?? []).filter((app) => !/^app_[a-z0-9]+$/.test(app));
    if (wrong.length > 0) {
      throw componentError(`\`apps\` takes database ids such as app_7k2m9qd4tx, not ${wrong.join(", ")}.`, component);
    }
    return JSON.stringify({ ...settings, ...(apps ? { apps } : {}), ...(names ? { names } : {}) }, null, 2);
  });
}
