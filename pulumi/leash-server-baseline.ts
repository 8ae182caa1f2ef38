import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { describeServerBaseline } from "../src/tenancy/describe";
import { holdServerBaseline } from "./hold";
import { clearingLeftover } from "./leftover";
import { chooseProvider, normalizeServer, type ServerArgs, serverOfProvider } from "./server";

export interface LeashServerBaselineArgs {
  /**
   * The server to prepare. May be left out where `opts.providers` holds a `postgresql.Provider` made in the same program.
   * On another server it prepares that one too, and the first stays as it is. Example: `server: { host: "db.internal", username: "admin", password }`.
   */
  server?: pulumi.Input<ServerArgs>;
  /**
   * Whether the groups are protected from being deleted; true by default. Without them a server forgets its apps' plans.
   * Example: `deletionProtection: false`.
   */
  deletionProtection?: boolean;
  /**
   * Takes over the groups that are on the server already, for a program whose state was lost. Take it out again after.
   * Example: `adopt: true`.
   */
  adopt?: boolean;
}

/**
 * What a server needs once, before it takes apps: the groups that mark plans and restrictions, no door into the
 * maintenance databases, and an administrator that resolves names in `pg_catalog` alone. `LeashPostgres` contains it; on
 * a managed or foreign server it stands alone.
 */
export class LeashServerBaseline extends pulumi.ComponentResource {
  /** The groups that are there once the baseline holds. */
  public readonly groups: pulumi.Output<string[]>;

  constructor(name: string, args: LeashServerBaselineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("leash:index:LeashServerBaseline", name, {}, opts);
    const description = describeServerBaseline();
    const provider = chooseProvider(this, name, args.server);
    const server = args.server ? normalizeServer(args.server) : serverOfProvider(provider);
    const options = { parent: this, provider, protect: args.deletionProtection ?? true };

    const groups = description.groups.map(
      (group) =>
        new postgresql.Role(
          `${name}-${group}`,
          { name: group, login: false, inherit: false, connectionLimit: -1, skipReassignOwned: true },
          // Apps come and go as the groups' roles.
          {
            ...options,
            ignoreChanges: ["roles", "skipReassignOwned"],
            hooks: clearingLeftover(this, server, pulumi.output({ kind: "group" as const, name: group })),
            ...(args.adopt ? { import: group } : {}),
          },
        ),
    );
    const revokes: postgresql.Grant[] = [];
    for (const database of description.closedDatabases) {
      const revoke = new postgresql.Grant(
        `${name}-${database}-public`,
        { database, objectType: "database", role: "public", privileges: [] },
        // PUBLIC is one role for all of them.
        { ...options, dependsOn: revokes.slice(-1) },
      );
      revokes.push(revoke);
    }
    this.groups = holdServerBaseline(this, server, description, [...groups, ...revokes]).apply((held) => held.groups);
    this.registerOutputs({ groups: this.groups });
  }
}
