import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { idAlphabet, idLength, idPrefix, parseAppName } from "../src/identifier";
import { type Plan, parsePlanName, plans } from "../src/plans";
import { type AppDatabaseDescription, describeAppDatabase, type RoleDescription } from "../src/tenancy/describe";
import { createScramSecret } from "../src/tenancy/scram";
import { type AppConnection, chooseAppConnection, rememberConnection } from "./connection";
import { collectFaults } from "./faults";
import { holdAppDatabase } from "./hold";
import { chooseProvider, normalizeServer, type Server, type ServerArgs, serverOfProvider } from "./server";

export interface LeashAppDatabaseArgs {
  /**
   * The app's name, as people say it; any script, up to 200 characters. It stays in Pulumi's state: on the server the
   * app has a neutral id. Changing it changes nothing on the server.
   */
  appName: string;
  /**
   * `free` (default), `individual`, `pro` or `team`: how much the app may store. Changing it moves a mark on the server;
   * the data stays.
   */
  plan?: string;
  /**
   * The server, as `LeashPostgres` gives it out, or any other PostgreSQL. May be left out where `opts.providers` holds a
   * `postgresql.Provider` made in the same program. Changing it to another server replaces the database: protect the data.
   */
  server?: pulumi.Input<ServerArgs>;
  /**
   * The app's PostgreSQL driver or library, such as `pg`, `psycopg`, `prisma`, as `leash detect` names it; several are
   * separated by commas. It decides the form of the URL. Changing it changes the URL alone.
   */
  driver?: string;
  /**
   * Whether the database and its roles are protected from being deleted; true by default. To remove an app set it to
   * false, run `pulumi up`, then take the component out: that drops the database with all its tables.
   */
  deletionProtection?: boolean;
  /** Any text; changing it gives the app another password. Sessions that are open go on. */
  rotate?: pulumi.Input<string>;
  /**
   * The id of a database that is on the server already (`app_` and ten characters), for a program whose state was lost.
   * By default a new one is made up. Changing it replaces the database.
   */
  databaseId?: string;
  /**
   * Takes over what is on the server under `databaseId`, rows and all; the app gets a new password with the first
   * `pulumi up` after it is taken out again.
   */
  adopt?: boolean;
}

/** What the plan allows; bytes and milliseconds. */
export interface AppDatabaseLimits {
  maxConnections: number;
  statementTimeoutMs: number;
  idleInTransactionTimeoutMs: number;
  transactionTimeoutMs: number;
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
    const make: Making = { component: this, name, args, provider, protect: args.deletionProtection ?? true };

    const id = createId(make);
    const description = id.apply((id) => describeAppDatabase({ id, plan }));
    const { password, verifier } = createPassword(make);
    const roles = createRoles(make, description, verifier);
    const mark = createPlanMark(make, description, roles);
    const database = createDatabase(make, description, [...roles, mark]);
    const grants = createGrants(make, description, database);
    const held = holdAppDatabase(this, server, description, password, [...roles, mark, database, ...grants]);

    const environment = createEnvironment(connection, held, server, password);
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

/** What every step of the making needs. */
interface Making {
  component: LeashAppDatabase;
  name: string;
  args: LeashAppDatabaseArgs;
  provider: pulumi.ProviderResource;
  protect: boolean;
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

function createId({ component, name, args, protect }: Making): pulumi.Output<string> {
  if (args.databaseId) return pulumi.output(args.databaseId);
  const suffix = new random.RandomString(
    `${name}-id`,
    {
      length: idLength,
      ...{ lower: false, upper: false, numeric: false, special: true },
      overrideSpecial: idAlphabet,
    },
    { parent: component, protect },
  );
  return pulumi.interpolate`${idPrefix}${suffix.result}`;
}

// Not protected: a new password replaces the old one, and what is lost with it is made anew.
function createPassword({ component, name, args }: Making) {
  const keepers = { rotate: pulumi.output(args.rotate ?? "") };
  const options = { parent: component };
  const password = new random.RandomPassword(`${name}-password`, { length: 48, special: false, keepers }, options);
  const salt = new random.RandomBytes(`${name}-salt`, { length: 16, keepers }, options);
  // The server sees the verifier alone; its salt stays, so that the same password is no change.
  const verifier = pulumi.secret(
    pulumi
      .all([password.result, salt.base64])
      .apply(([text, bytes]) => createScramSecret(text, Buffer.from(bytes, "base64"))),
  );
  return { password: password.result, verifier };
}

function createRoles(
  make: Making,
  description: pulumi.Output<AppDatabaseDescription>,
  verifier: pulumi.Output<string>,
): postgresql.Role[] {
  const owner = createRole(
    make,
    `${make.name}-owner`,
    description.apply(roleOf("owner")),
    {},
    adoption(make, "_owner"),
  );
  const login = createRole(
    make,
    `${make.name}-login`,
    description.apply(roleOf("login")),
    { password: verifier, roles: [owner.name] },
    { ...adoption(make), dependsOn: [owner] },
  );
  return [owner, login];
}

const roleOf =
  (kind: "owner" | "login") =>
  ({ roles }: AppDatabaseDescription): RoleDescription =>
    roles.find(({ login }) => login === (kind === "login"))!;

function createRole(
  make: Making,
  resourceName: string,
  role: pulumi.Output<RoleDescription>,
  more: Pick<postgresql.RoleArgs, "password" | "roles">,
  options: { import?: string; dependsOn?: pulumi.Resource[] },
): postgresql.Role {
  const setting = (name: string) => role.apply(({ settings }) => settings.find((one) => one.name === name)?.value);
  const milliseconds = (name: string) =>
    setting(name).apply((value) => (value === undefined ? undefined : Number(value)));
  return new postgresql.Role(
    resourceName,
    {
      name: role.name,
      login: role.login,
      inherit: false,
      connectionLimit: role.connectionLimit,
      assumeRole: setting("role") as pulumi.Output<string>,
      statementTimeout: milliseconds("statement_timeout") as pulumi.Output<number>,
      idleInTransactionSessionTimeout: milliseconds("idle_in_transaction_session_timeout") as pulumi.Output<number>,
      // What the role owns is in the app's database, and goes with it.
      skipReassignOwned: true,
      ...more,
    },
    {
      parent: make.component,
      provider: make.provider,
      protect: make.protect,
      // A restricted app has lost the owner role, and gets it back when it has cleaned up, not by a refresh.
      ignoreChanges: make.args.adopt ? ["roles", "password", "skipReassignOwned"] : ["roles"],
      ...options,
    },
  );
}

/** Adopting reads what is there; a password can't be read, so it is set by the first `up` after. */
function adoption({ args }: Making, suffix = ""): { import?: string } {
  return args.adopt ? { import: `${args.databaseId}${suffix}` } : {};
}

function createPlanMark(
  make: Making,
  description: pulumi.Output<AppDatabaseDescription>,
  dependsOn: pulumi.Resource[],
): postgresql.GrantRole {
  const mark = description.apply(({ id, memberships }) => memberships.find(({ role }) => role === id)!);
  return new postgresql.GrantRole(
    `${make.name}-plan`,
    { role: mark.member, grantRole: mark.role },
    // A change of plan replaces it, so it can't be protected; but while the app is, the server keeps the mark.
    { parent: make.component, provider: make.provider, retainOnDelete: make.protect, dependsOn },
  );
}

function createDatabase(
  make: Making,
  description: pulumi.Output<AppDatabaseDescription>,
  dependsOn: pulumi.Resource[],
): postgresql.Database {
  return new postgresql.Database(
    `${make.name}-database`,
    {
      name: description.database.name,
      template: description.database.template,
      encoding: description.database.encoding,
    },
    {
      parent: make.component,
      provider: make.provider,
      protect: make.protect,
      dependsOn,
      // A change of these would replace the database, rows and all.
      ignoreChanges: ["template", "encoding", "lcCollate", "lcCtype", "tablespaceName"],
      ...adoption(make),
    },
  );
}

/** One after the other: two grants on one object at once fail with "tuple concurrently updated". */
function createGrants(
  make: Making,
  description: pulumi.Output<AppDatabaseDescription>,
  database: postgresql.Database,
): postgresql.Grant[] {
  const grants: postgresql.Grant[] = [];
  const grant = (suffix: string, role: pulumi.Input<string>, privileges: pulumi.Input<pulumi.Input<string>[]>) =>
    grants.push(
      new postgresql.Grant(
        `${make.name}-${suffix}`,
        { database: database.name, objectType: "database", role, privileges },
        {
          parent: make.component,
          provider: make.provider,
          protect: make.protect,
          dependsOn: [database, ...grants.slice(-1)],
        },
      ),
    );
  const holder = (kind: "owner" | "login") =>
    description.apply((whole) => {
      const role = roleOf(kind)(whole).name;
      return whole.database.privileges.find((one) => one.role === role)!;
    });
  grant("grant-public", "public", []);
  grant("grant-login", holder("login").role, holder("login").privileges);
  grant("grant-owner", holder("owner").role, holder("owner").privileges);
  return grants;
}

function createEnvironment(
  connection: AppConnection,
  held: pulumi.Output<AppDatabaseDescription>,
  server: pulumi.Output<Server> | undefined,
  password: pulumi.Output<string>,
): pulumi.Output<Record<string, string>> {
  return pulumi
    .all([held, server ?? pulumi.output(undefined), password])
    .apply(([{ id }, at, secret]) => connection.environment({ id, password: secret, server: at }));
}

function limitsOf(plan: Plan): AppDatabaseLimits {
  const { title: _title, ...limits } = plan;
  return limits;
}
