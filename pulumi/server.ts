import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { openAdministratorSession } from "../src/connection/administrator";
import { reuseSessions, type TenancyServer } from "../src/tenancy/session";
import { componentError } from "./faults";

/** A PostgreSQL server: how its administrator reaches it, and how the apps do. */
export interface ServerArgs {
  /**
   * Name or address of the server for its administrator, from where `pulumi up` runs. Another one must lead to the same
   * server: no rows are moved. Example: `host: "db.internal"`.
   */
  host: pulumi.Input<string>;
  /** The port of `host`; 5432 by default. Example: `port: 5433`. */
  port?: pulumi.Input<number>;
  /**
   * A role that makes roles and databases. It may be a superuser; where none is to be had, CREATEROLE and CREATEDB do.
   * Example: `username: "leash_admin"`.
   */
  username: pulumi.Input<string>;
  /** The administrator's password. Kept as a secret. Example: `password: config.requireSecret("password")`. */
  password: pulumi.Input<string>;
  /** As in libpq: `disable`, `require` (default), `verify-ca`, `verify-full`. Example: `sslmode: "verify-full"`. */
  sslmode?: pulumi.Input<string>;
  /**
   * File of the certificates that the server's is checked against, on the machine that `pulumi up` runs on; the system's by
   * default. Example: `sslrootcert: "/etc/ssl/db.crt"`.
   */
  sslrootcert?: pulumi.Input<string>;
  /** Whether the administrator is a superuser; true by default. On managed servers it is not. Example: `superuser: false`. */
  superuser?: pulumi.Input<boolean>;
  /**
   * Folder of the server's unix socket as the apps see it. Without it the apps connect to `host` and `port`. Changing it
   * changes the apps' URLs. Example: `socketDirectory: "/run/leash"`.
   */
  socketDirectory?: pulumi.Input<string>;
  /**
   * Folder of the pool's socket as the apps see it, where there is a pool: in `socketDirectory`. Example:
   * `poolSocketDirectory: "/run/leash/pool"`.
   */
  poolSocketDirectory?: pulumi.Input<string>;
  /** Docker volume that holds the socket; `attachDatabase` mounts it read-only. Example: `socketVolume: "main-socket"`. */
  socketVolume?: pulumi.Input<string>;
}

/** `ServerArgs` with the defaults in place. */
export interface Server {
  host: string;
  port: number;
  username: string;
  password: string;
  sslmode: string;
  sslrootcert?: string;
  superuser: boolean;
  socketDirectory?: string;
  poolSocketDirectory?: string;
  socketVolume?: string;
}

export function normalizeServer(server: pulumi.Input<ServerArgs>): pulumi.Output<Server> {
  return pulumi.secret(server).apply((args) => ({
    ...args,
    host: args.host.replace(/^\[(.*)\]$/, "$1"),
    port: args.port ?? 5432,
    sslmode: args.sslmode ?? "require",
    superuser: args.superuser ?? true,
  }));
}

/**
 * The provider that makes the resources of many apps on one server. Each provider is a process of its own: make one for
 * all apps of a program, and pass it by `opts.providers`.
 */
export function createServerProvider(
  name: string,
  server: pulumi.Input<ServerArgs>,
  opts?: pulumi.CustomResourceOptions,
): postgresql.Provider {
  const normal = normalizeServer(server);
  const provider = new postgresql.Provider(
    name,
    {
      // The provider writes it into a URL as it is.
      host: pulumi.unsecret(normal.host).apply((host) => (host.includes(":") ? `[${host}]` : host)),
      port: pulumi.unsecret(normal.port),
      username: pulumi.unsecret(normal.username),
      password: normal.password,
      sslmode: pulumi.unsecret(normal.sslmode),
      sslrootcert: pulumi.unsecret(normal).apply(({ sslrootcert }) => sslrootcert) as pulumi.Output<string>,
      superuser: pulumi.unsecret(normal.superuser),
      // Without these the shell's PGDATABASE and PGCONNECT_TIMEOUT would have their say.
      database: "postgres",
      connectTimeout: 15,
      maxConnections: 10,
    },
    opts,
  );
  return provider;
}

/** The provider in force for a component: the caller's, or one of its own for `server`. */
export function chooseProvider(
  component: pulumi.ComponentResource,
  name: string,
  server: pulumi.Input<ServerArgs> | undefined,
): pulumi.ProviderResource {
  const given = component.getProvider("postgresql:index/role:Role");
  if (given) return given;
  if (server) return createServerProvider(`${name}-server`, server, { parent: component });
  throw componentError(
    `${name} has no server: give it \`server\`, or a postgresql.Provider in \`opts.providers\`.`,
    component,
  );
}

/**
 * The server behind a provider, as far as the provider tells: its settings become its outputs. A provider that came
 * from another process (a component used from Python or YAML) tells nothing.
 */
export function serverOfProvider(provider: pulumi.ProviderResource): pulumi.Output<Server> | undefined {
  if (!postgresql.Provider.isInstance(provider)) return undefined;
  // The port and superuser are not in the SDK's types, but are outputs like the others, as JSON.
  const told = provider as postgresql.Provider & Record<"port" | "superuser", pulumi.Output<string | undefined>>;
  if (!pulumi.Output.isInstance(told.host)) return undefined;
  const json = <T>(text: string | undefined, otherwise: T) =>
    text === undefined ? otherwise : (JSON.parse(text) as T);
  return pulumi
    .all([told.host, told.port, told.username, told.password, told.sslmode, told.sslrootcert, told.superuser])
    .apply(([host, port, username, password, sslmode, sslrootcert, superuser]) => ({
      host: host ?? "",
      port: json(port, 5432),
      username: username ?? "postgres",
      password: password ?? "",
      sslmode: sslmode ?? "require",
      ...(sslrootcert ? { sslrootcert } : {}),
      superuser: json(superuser, true),
    }));
}

const servers = new Map<string, TenancyServer>();

/** The server as tenancy works on it. The apps of a program share its sessions. */
export function tenancyServer(server: Server): TenancyServer {
  const { username: user, ...target } = server;
  const key = JSON.stringify(Object.entries(server).sort());
  const found = servers.get(key);
  if (found) return found;
  const made = reuseSessions({
    openSession: (database) => openAdministratorSession({ ...target, user, database }),
  });
  servers.set(key, made);
  return made;
}
