import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { idAlphabet, idLength, idPrefix } from "../src/identifier";
import type { AppDatabaseDescription, RoleDescription } from "../src/tenancy/describe";
import type { Created } from "../src/tenancy/leftover";
import { createScramSecret } from "../src/tenancy/scram";
import { clearingLeftover } from "./leftover";
import type { Server } from "./server";

/** What every step of making an app's resources needs. */
export interface Making {
  component: pulumi.Resource;
  name: string;
  provider: pulumi.ProviderResource;
  /** Where it is known. */
  server: pulumi.Output<Server> | undefined;
  /**
   * The description under a made-up id, for what does not depend on the id: a preview shows that before there is one, and
   * the state keeps no dependency for it.
   */
  shape: AppDatabaseDescription;
  /** Against deletion, each child that is of use on the server: one of them gone would lock the app out. */
  protect: boolean;
  /** The arguments of that name. */
  args: { databaseId?: string; adopt?: boolean; rotate?: pulumi.Input<string> };
}

export function createId({ component, name, args, protect }: Making): pulumi.Output<string> {
  // Made in any case, so that an app can be taken over under its own id and go on under it.
  const suffix = new random.RandomString(
    `${name}-id`,
    {
      length: idLength,
      ...{ lower: false, upper: false, numeric: false, special: true },
      overrideSpecial: idAlphabet,
    },
    { parent: component, protect },
  );
  return args.databaseId ? pulumi.output(args.databaseId) : pulumi.interpolate`${idPrefix}${suffix.result}`;
}

/** What the app logs in with, and what the server keeps of it. */
export interface Credential {
  password: string;
  verifier: string;
}

// Not protected: a new password replaces the old one, and what is lost with it is made anew.
export function createCredential({ component, name, args }: Making): pulumi.Output<Credential> {
  const keepers = { rotate: pulumi.output(args.rotate ?? "") };
  const options = { parent: component };
  const password = new random.RandomPassword(`${name}-password`, { length: 48, special: false, keepers }, options);
  const salt = new random.RandomBytes(`${name}-salt`, { length: 16, keepers }, options);
  // The server sees the verifier alone; its salt stays, so that the same password is no change.
  const credential = pulumi
    .all([password.result, salt.base64])
    .apply(([text, bytes]) => ({ password: text, verifier: createScramSecret(text, Buffer.from(bytes, "base64")) }));
  return pulumi.secret(credential);
}

export function createRoles(
  make: Making,
  description: pulumi.Output<AppDatabaseDescription>,
  credential: pulumi.Output<Credential>,
): postgresql.Role[] {
  const owner = createRole(make, "owner", description, {}, adoption(make, "_owner"));
  const setting = (name: string) => (whole: AppDatabaseDescription) =>
    roleOf("login")(whole).settings.find((one) => one.name === name)!.value;
  const login = createRole(
    make,
    "login",
    description,
    {
      password: credential.apply(({ verifier }) => verifier),
      roles: [owner.name],
      assumeRole: description.apply(setting("role")),
      statementTimeout: Number(setting("statement_timeout")(make.shape)),
      idleInTransactionSessionTimeout: Number(setting("idle_in_transaction_session_timeout")(make.shape)),
    },
    { ...adoption(make), dependsOn: [owner] },
  );
  return [owner, login];
}

const roleOf =
  (kind: "owner" | "login") =>
  ({ roles }: AppDatabaseDescription): RoleDescription =>
    roles.find(({ login }) => login === (kind === "login"))!;

const nameOf = (kind: "owner" | "login") => (whole: AppDatabaseDescription) => roleOf(kind)(whole).name;

function createRole(
  make: Making,
  kind: "owner" | "login",
  description: pulumi.Output<AppDatabaseDescription>,
  more: Partial<postgresql.RoleArgs>,
  options: { import?: string; dependsOn?: pulumi.Resource[] },
): postgresql.Role {
  const { login, connectionLimit } = roleOf(kind)(make.shape);
  return new postgresql.Role(
    `${make.name}-${kind}`,
    {
      name: description.apply(nameOf(kind)),
      inherit: false,
      ...{ login, connectionLimit },
      // What the role owns is in the app's database, and goes with it.
      skipReassignOwned: true,
      ...more,
    },
    {
      parent: make.component,
      provider: make.provider,
      protect: make.protect,
      ignoreChanges: heldAfterwards,
      ...identity(make, kind, description),
      ...options,
    },
  );
}

/**
 * What `hold.ts` sees to, on a role that is there. An update by the provider would give a restricted app its owner role
 * back for a moment, and take away the search path that the app has given itself; and the app could make it fail.
 */
const heldAfterwards = [
  ...["roles", "password", "assumeRole", "statementTimeout", "idleInTransactionSessionTimeout", "searchPaths"],
  "skipReassignOwned",
];

/** Another id is another app: the provider would rename what is there, grants and all else staying behind. */
function identity(
  { component, server }: Making,
  kind: "owner" | "login" | "database",
  description: pulumi.Output<AppDatabaseDescription>,
): pulumi.CustomResourceOptions {
  const created = description.apply(({ id }): Created => ({ kind, id }));
  return { replaceOnChanges: ["name"], hooks: clearingLeftover(component, server, created) };
}

/** Adopting reads what is there. */
function adoption({ args }: Making, suffix = ""): { import?: string } {
  return args.adopt ? { import: `${args.databaseId}${suffix}` } : {};
}

export function createPlanMark(
  make: Making,
  description: pulumi.Output<AppDatabaseDescription>,
  roles: postgresql.Role[],
): postgresql.GrantRole {
  const mark = make.shape.memberships.find(({ role }) => role === make.shape.id)!;
  return new postgresql.GrantRole(
    `${make.name}-plan`,
    { role: mark.member, grantRole: description.apply(({ id }) => id) },
    // A change of plan replaces it, so it can't be protected; but while the app is, the server keeps the mark.
    { parent: make.component, provider: make.provider, retainOnDelete: make.protect, dependsOn: roles },
  );
}

export function createDatabase(
  make: Making,
  description: pulumi.Output<AppDatabaseDescription>,
  dependsOn: pulumi.Resource[],
): postgresql.Database {
  return new postgresql.Database(
    `${make.name}-database`,
    {
      name: description.database.name,
      template: make.shape.database.template,
      encoding: make.shape.database.encoding,
    },
    {
      parent: make.component,
      provider: make.provider,
      protect: make.protect,
      dependsOn,
      // A change of these would replace the database, rows and all.
      ignoreChanges: ["template", "encoding", "lcCollate", "lcCtype", "tablespaceName"],
      ...identity(make, "database", description),
      ...adoption(make),
    },
  );
}

/** One after the other: two grants on one object at once fail with "tuple concurrently updated". */
export function createGrants(
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
          // Revoking first would wait for locks that the app may hold.
          deletedWith: database,
        },
      ),
    );
  grant("grant-public", "public", []);
  for (const kind of ["login", "owner"] as const) {
    const held = make.shape.database.privileges.find(({ role }) => role === nameOf(kind)(make.shape))!;
    grant(`grant-${kind}`, description.apply(nameOf(kind)), held.privileges);
  }
  return grants;
}
