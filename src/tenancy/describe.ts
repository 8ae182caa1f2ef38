import { assertAppId } from "../identifier";
import { type PlanName, planNames, plans } from "../plans";

/**
 * The rules of an app's place on a server, as plain data. The SQL reconcile and the Pulumi components both interpret
 * this description, and nothing else knows the rules. ARCHITECTURE.md says which attack each of them answers.
 */
export interface AppDatabaseDescription {
  /** Also the name of the database and of the login role. */
  id: string;
  plan: PlanName;
  /** In the order in which they must be made. */
  roles: RoleDescription[];
  memberships: MembershipDescription[];
  database: DatabaseDescription;
}

export interface RoleDescription {
  name: string;
  login: boolean;
  /** A suspended app may not log in at all. */
  unlessSuspended?: true;
  /** -1 is no limit. */
  connectionLimit: number;
  /** `ALTER ROLE … SET`; values in the unit that PostgreSQL stores (milliseconds). */
  settings: RoleSetting[];
}

export interface RoleSetting {
  name: string;
  value: string;
  /** The first major version of PostgreSQL that knows the setting. */
  since?: number;
  /** Only a superuser may set it: on a server where nobody is one, the rule can't hold. */
  superuser?: true;
}

/** `GRANT role TO member`. Neither side inherits: what `member` may do with it is `set` alone. */
export interface MembershipDescription {
  role: string;
  member: string;
  /** PostgreSQL 16+: whether `member` may `SET ROLE role`. */
  set: boolean;
  /** A restricted app loses this membership until it has cleaned up; restriction is a fact in the catalog. */
  unlessRestricted: boolean;
}

export interface DatabaseDescription {
  name: string;
  template: "template0";
  encoding: "UTF8";
  /** Whole list: whoever is not named, PUBLIC included, holds nothing. */
  privileges: DatabasePrivileges[];
  schemas: SchemaDescription[];
  /** Functions of pg_catalog that PUBLIC may not execute, in every overload. Only a superuser may close them. */
  closedFunctions: string[];
}

export interface DatabasePrivileges {
  role: string;
  privileges: DatabasePrivilege[];
}

export type DatabasePrivilege = "CONNECT" | "CREATE" | "TEMPORARY";

export interface SchemaDescription {
  name: string;
  owner: string;
}

/** How an app stands with its storage: `restricted` may read and delete; `suspended` may not even log in. */
export type Standing = "open" | "restricted" | "suspended";

/** What a server needs once, before it takes apps. */
export interface ServerBaselineDescription {
  /** Group roles: NOLOGIN NOINHERIT, without members of their own making. */
  groups: string[];
  /** Maintenance databases that no app may connect to. */
  closedDatabases: string[];
  /** What the administrator's sessions start with, whoever opens them. */
  administratorSettings: RoleSetting[];
}

/** A database is the plan's by this mark: the group is a member of the app's login, never the other way round. */
export function planGroup(plan: PlanName): string {
  return `leash_plan_${plan}`;
}

export const planGroups: readonly string[] = planNames.map(planGroup);

/** Marks apps that are over their storage. */
export const restrictedGroup = "leash_restricted";

/** Marks apps that grew even so; they are marked as restricted too. */
export const suspendedGroup = "leash_suspended";

export const standingGroups: readonly string[] = [restrictedGroup, suspendedGroup];

/** What a restricted app may do to the tables that its owner role owns. */
export const restrictedPrivileges = ["SELECT", "DELETE", "TRUNCATE"] as const;

/** One-off logins of restore, drill and migration belong to it; `pg_hba.conf` lets them into any app's database. */
export const operatorsGroup = "leash_operators";

export function ownerRole(id: string): string {
  return `${id}_owner`;
}

export function describeServerBaseline(): ServerBaselineDescription {
  return {
    groups: [...planGroups, ...standingGroups, operatorsGroup],
    closedDatabases: ["postgres", "template1"],
    // Providers look at tenants' databases with bare names: a tenant's own array_agg(text) would run as superuser.
    administratorSettings: [
      { name: "search_path", value: "pg_catalog" },
      // A tenant may hold a lock that a provider waits for, and for ever.
      { name: "lock_timeout", value: "60000" },
    ],
  };
}

/** The database without its roles: what a change of plan or of password in the meantime does not touch. */
export function describeDatabaseAlone(
  description: AppDatabaseDescription,
  database: Partial<DatabaseDescription> = {},
): AppDatabaseDescription {
  return { ...description, roles: [], memberships: [], database: { ...description.database, ...database } };
}

/**
 * Describes the roles, the database, the memberships, the grants and the limits of one app.
 * @throws LeashError `identifier/invalid`
 */
export function describeAppDatabase({ id, plan }: { id: string; plan: PlanName }): AppDatabaseDescription {
  assertAppId(id);
  const owner = ownerRole(id);
  const limits = plans[plan];
  return {
    id,
    plan,
    roles: [
      { name: owner, login: false, connectionLimit: -1, settings: [] },
      {
        name: id,
        login: true,
        unlessSuspended: true,
        connectionLimit: limits.maxConnections,
        settings: [
          // The login becomes the owner role as it logs in, so that tables made by an ORM belong to the owner role.
          { name: "role", value: owner },
          { name: "statement_timeout", value: String(limits.statementTimeoutMs) },
          { name: "idle_in_transaction_session_timeout", value: String(limits.idleInTransactionTimeoutMs) },
          // Only a superuser may set it: RAISE LOG and debug_print_plan would fill the server's disk with its log.
          { name: "log_min_messages", value: "fatal", superuser: true },
          { name: "transaction_timeout", value: String(limits.transactionTimeoutMs), since: 17 },
        ],
      },
    ],
    memberships: [
      { role: owner, member: id, set: true, unlessRestricted: true },
      { role: id, member: planGroup(plan), set: false, unlessRestricted: false },
    ],
    database: {
      name: id,
      template: "template0",
      encoding: "UTF8",
      // Neither role owns the database: an owner lifts its own limits.
      privileges: [
        { role: id, privileges: ["CONNECT"] },
        { role: owner, privileges: ["CREATE", "TEMPORARY"] },
      ],
      schemas: [{ name: "public", owner }],
      // 200 MB of WAL in one statement; 100 MB of files a second. Both are in no size that anybody measures.
      closedFunctions: ["pg_logical_emit_message", "pg_export_snapshot"],
    },
  };
}
