import * as pulumi from "@pulumi/pulumi";
import { createAppId, parseAppName } from "../src/identifier";
import { type Plan, parsePlanName, plans } from "../src/plans";
import { type AppDatabaseDescription, describeAppDatabase } from "../src/tenancy/describe";
import {
  type Credential,
  createCredential,
  createDatabase,
  createGrants,
  createId,
  createPlanMark,
  createRoles,
  type Making,
} from "./app-resources";
import { type AppConnection, chooseAppConnection, rememberConnection } from "./connection";
import { collectFaults, componentError } from "./faults";
import { holdAppDatabase } from "./hold";
import { chooseProvider, normalizeServer, type Server, type ServerArgs, serverOfProvider } from "./server";

export interface LeashAppDatabaseArgs {
  /**
   * The app's name, as people say it; any script, up to 200 characters. It stays in Pulumi's state: on the server the
   * app has a neutral id. Changing it changes nothing on the server. Example: `appName: "Notes"`.
   */
  appName: string;
  /**
   * `free` (default), `individual`, `pro` or `team`: how much the app may store. Changing it moves a mark on the server;
   * the data stays. Example: `plan: "pro"`.
   */
  plan?: string;
  /**
   * The server, as `LeashPostgres` gives it out, or any other PostgreSQL. May be left out where `opts.providers` holds a
   * `postgresql.Provider` made in the same program. Rows don't move along: for another server make another component, and
   * restore a backup there. Example: `server: platform.server`.
   */
  server?: pulumi.Input<ServerArgs>;
  /**
   * The app's PostgreSQL driver or library, such as `pg`, `psycopg`, `prisma`, as `leash detect` names it; several are
   * separated by commas. It decides the form of the URL. Changing it changes the URL alone. Example: `driver: "prisma,pg"`.
   */
  driver?: string;
  /**
   * Whether the app connects through the server's pool, so that its clients may be more than its connections; false by
   * default. The server must have one (`LeashPostgres` with `pool: true`). Changing it changes the URL alone. Example: `pool: true`.
   */
  pool?: boolean;
  /**
   * Whether the database and its roles are protected from being deleted; true by default. To remove an app set it to
   * false, run `pulumi up`, then take the component out: that drops the database with all its tables.
   * Example: `deletionProtection: false`.
   */
  deletionProtection?: boolean;
  /** Any text; changing it gives the app another password. Sessions that are open go on. Example: `rotate: "2026-11"`. */
  rotate?: pulumi.Input<string>;
  /**
   * The id of a database that is on the server already (`app_` and ten characters), for a program whose state was lost.
   * By default a new one is made up. Changing it replaces the database, which its protection refuses. Example:
   * `databaseId: "app_7k2m9qd4tx"`.
   */
  databaseId?: string;
  /**
   * Takes over what is on the server under `databaseId`, rows and all, and gives the app a new password. Take it out again
   * after. Example: `adopt: true`.
   */
  adopt?: boolean;
}

/** What the plan allows; bytes and milliseconds. */
export interface AppDatabaseLimits {
  /** How many sessions the app may have at once. */
  maxConnections: number;
  /** How long one statement may take, in milliseconds. */
  statementTimeoutMs: number;
  /** How long a transaction may be idle, in milliseconds. */
  idleInTransactionTimeoutMs: number;
  /** How long a transaction may take as a whole, in milliseconds. */
  transactionTimeoutMs: number;
  /** What the database may grow to, in bytes; past it the app may read and delete alone. */
  storageBytes: number;
}

/**
 * An app's own PostgreSQL database: its roles, its grants, its limits, and the `DATABASE_URL` to reach it. Beyond what is
 * declared, each `pulumi up` holds the server to the app's whole description and fails where it can't.
 */
export class LeashAppDatabase extends pulumi.ComponentResource {
  /** The app's connection URL. Secret. Known once everything on the server holds. */
  public readonly databaseUrl: pulumi.Output<string>;
  /** `DATABASE_URL` and the `PG*` variables for the app's environment. Secret. */
  public readonly environment: pulumi.Output<Record<string, string>>;
  /** The neutral id: name of the database and of the login role. */
  public readonly databaseId: pulumi.Output<string>;
  /** What the plan allows. */
  public readonly limits: pulumi.Output<AppDatabaseLimits>;

  constructor(name: string, args: LeashAppDatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("leash:index:LeashAppDatabase", name, {}, opts);
    const { plan, connection } = parseArgs(this, name, args);
    const provider = chooseProvider(this, name, args.server);
    const server = args.server ? normalizeServer(args.server) : serverOfProvider(provider);
    const protect = args.deletionProtection ?? true;
    const shape = describeAppDatabase({ id: createAppId(), plan });
    const make: Making = { component: this, name, args, provider, server, protect, shape };

    const id = createId(make);
    const description = id.apply((id) => describeAppDatabase({ id, plan }));
    const credential = createCredential(make);
    const roles = createRoles(make, description, credential);
    const mark = createPlanMark(make, description, roles);
    const database = createDatabase(make, description, [...roles, mark]);
    const grants = createGrants(make, description, database);
    const held = holdAppDatabase(this, server, description, credential, [...roles, mark, database, ...grants], {
      removable: !make.protect,
    });

    const reached = args.pool ? throughPool(this, server) : server;
    const environment = createEnvironment(connection, held, reached, credential);
    this.databaseId = id;
    this.environment = pulumi.secret(environment);
    this.databaseUrl = pulumi.secret(environment.apply((variables) => variables.DATABASE_URL ?? ""));
    this.limits = pulumi.output(limitsOf(plans[plan]));
    rememberConnection(this, connection);
    this.registerOutputs({
      databaseUrl: this.databaseUrl,
      environment: this.environment,
      databaseId: this.databaseId,
      limits: this.limits,
    });
  }
}

function parseArgs(component: pulumi.Resource, name: string, args: LeashAppDatabaseArgs) {
  return collectFaults(component, name, (check) => ({
    appName: check("appName", () => parseAppName(args.appName)),
    plan: check("plan", () => parsePlanName(args.plan ?? "free")),
    connection: check("driver", () => chooseAppConnection(args.driver)),
    databaseId: check(
      "databaseId",
      () => args.databaseId && describeAppDatabase({ id: args.databaseId, plan: "free" }),
    ),
    adopt: check("adopt", () => {
      if (args.adopt && !args.databaseId) throw new Error("It needs `databaseId`: the id of what is to be taken over.");
    }),
  }));
}

function throughPool(component: pulumi.Resource, server: pulumi.Output<Server> | undefined) {
  return server?.apply((at): Server => {
    if (at.poolSocketDirectory === undefined) {
      throw componentError("`pool`: the server has none; LeashPostgres makes it with `pool: true`.", component);
    }
    return { ...at, socketDirectory: at.poolSocketDirectory };
  });
}

function createEnvironment(
  connection: AppConnection,
  held: pulumi.Output<AppDatabaseDescription>,
  server: pulumi.Output<Server> | undefined,
  credential: pulumi.Output<Credential>,
): pulumi.Output<Record<string, string>> {
  return pulumi
    .all([held, server ?? pulumi.output(undefined), credential])
    .apply(([{ id }, at, { password }]) => connection.environment({ id, password, server: at }));
}

function limitsOf(plan: Plan): AppDatabaseLimits {
  const { title: _title, ...limits } = plan;
  return limits;
}
