import type { CatalogMembership, CatalogRole, ServerCatalog } from "./catalog";
import {
  type AppDatabaseDescription,
  type MembershipDescription,
  type RoleDescription,
  type RoleSetting,
  restrictedGroup,
  type ServerBaselineDescription,
  type Standing,
  standingGroups,
  suspendedGroup,
} from "./describe";
import { ledgerTables, rememberVerifier } from "./ledger";
import { createScramSecret, matchesScramSecret } from "./scram";
import { identifier, literal } from "./sql";

/** One way in which the catalog is not as described, and the statements that mend it. */
export interface Difference {
  /** `role app_…`, `database app_…`, `membership …` */
  subject: string;
  /** "has a connection limit of 100 instead of 10" */
  says: string;
  statements: string[];
  /** Set where the current administrator is not the superuser that it takes to mend this. */
  outOfReach?: true;
}

/** How the catalog marks the app. */
export function standingOf(
  catalog: { memberships: Pick<CatalogMembership, "role" | "member">[] },
  id: string,
): Standing {
  const isIn = (group: string) => catalog.memberships.some((m) => m.role === id && m.member === group);
  if (isIn(suspendedGroup)) return "suspended";
  return isIn(restrictedGroup) ? "restricted" : "open";
}

/**
 * What the app logs in with: its password, with the verifier to store for it (by default one with a salt of its own); or
 * the verifier alone, where the password is not known.
 */
export type Credential = (
  | { password: string; verifier?: string | undefined }
  | { password?: undefined; verifier: string }
) & {
  /** Set it even where nothing tells whether it is set already. */
  blindly?: boolean;
};

/**
 * What differs on the server outside the app's database: roles, settings, memberships. The statements may run in one
 * transaction, in this order.
 * @param credential without it the stored verifier is not compared
 */
export function auditRoles(
  description: AppDatabaseDescription,
  catalog: ServerCatalog,
  credential?: Credential,
): Difference[] {
  const standing = standingOf(catalog, description.id);
  const memberships = description.memberships.filter((m) => !(m.unlessRestricted && standing !== "open"));
  const roles = description.roles.map((role) => ({
    ...role,
    login: role.login && !(role.unlessSuspended && standing === "suspended"),
  }));
  return [
    ...roles.flatMap((role) => auditRole(role, catalog, role.name === description.id ? credential : undefined)),
    ...auditMemberships(description, memberships, catalog),
  ];
}

/** What differs about the server's own baseline. */
export function auditServerBaseline(description: ServerBaselineDescription, catalog: ServerCatalog): Difference[] {
  const groups = description.groups.flatMap((name) =>
    auditRole({ name, login: false, connectionLimit: -1, settings: [] }, catalog),
  );
  const databases = description.closedDatabases.flatMap((name): Difference[] => {
    const found = catalog.databases.find((d) => d.name === name);
    if (!found?.privileges.some((p) => p.grantee === "PUBLIC")) return [];
    return [
      {
        ...(catalog.superuser || found.owner === catalog.currentUser ? {} : { outOfReach: true }),
        subject: `database ${name}`,
        says: "may be used by PUBLIC",
        statements: [`REVOKE ALL ON DATABASE ${identifier(name)} FROM PUBLIC`],
      },
    ];
  });
  const settings = auditSettings(catalog.currentUser, description.administratorSettings, catalog);
  return [...groups, ...databases, ...settings, ...auditLedger(catalog)];
}

function auditLedger(catalog: ServerCatalog): Difference[] {
  return ledgerTables
    .filter(({ name }) => !catalog.ledgerThere.includes(name))
    .map(({ name, statements }) => ({
      ...(catalog.mayCreate ? {} : { outOfReach: true }),
      ...{ subject: `table ${name} of the ledger`, says: "is missing", statements },
    }));
}

function auditRole(role: RoleDescription, catalog: ServerCatalog, credential?: Credential): Difference[] {
  const differences: Difference[] = [];
  const newVerifier = () => credential?.verifier ?? createScramSecret(credential!.password!);
  const name = identifier(role.name);
  const differs = (says: string, ...statements: string[]) =>
    differences.push({ subject: `role ${role.name}`, says, statements });
  const found = catalog.roles.find((r) => r.name === role.name);
  const attributes = `${role.login ? "LOGIN" : "NOLOGIN"} NOINHERIT CONNECTION LIMIT ${role.connectionLimit}`;

  if (!found) {
    const verifier = credential && newVerifier();
    const withPassword = verifier ? ` PASSWORD ${literal(verifier)}` : "";
    differs(
      "is missing",
      `CREATE ROLE ${name} ${attributes}${withPassword}`,
      ...(verifier ? rememberVerifier(catalog, role.name, verifier) : []),
    );
  } else {
    const faults = roleFaults(role, found);
    if (faults.length > 0) {
      const lost = found.attributes.map((attribute) => ` NO${attribute}`).join("");
      differs(faults.join(", "), `ALTER ROLE ${name} ${attributes}${lost}`);
    }
    if (credential) differences.push(...auditPassword(role.name, found, catalog, credential, newVerifier));
  }
  return [...differences, ...auditSettings(role.name, role.settings, catalog)];
}

/** Where the administrator may not read what the server stores, the ledger tells; without a ledger nothing does. */
function auditPassword(
  role: string,
  found: CatalogRole,
  catalog: ServerCatalog,
  credential: Credential,
  newVerifier: () => string,
): Difference[] {
  const differs = (says: string, ...statements: string[]) => [{ subject: `role ${role}`, says, statements }];
  const stored = found.secret === undefined ? found.remembered : found.secret;
  if (stored === undefined ? credential.blindly : !holdsSecret(stored, credential)) {
    const verifier = newVerifier();
    const set = `ALTER ROLE ${identifier(role)} PASSWORD ${literal(verifier)}`;
    return differs("has another password", set, ...rememberVerifier(catalog, role, verifier));
  }
  if (!stored || found.remembered === undefined || stored === found.remembered) return [];
  return differs("has a password that the ledger does not know", ...rememberVerifier(catalog, role, stored));
}

function holdsSecret(secret: string | null, credential: Credential): boolean {
  if (secret === credential.verifier) return true;
  if (credential.password === undefined) return false;
  return matchesScramSecret(secret, credential.password);
}

function auditSettings(role: string, settings: readonly RoleSetting[], catalog: ServerCatalog): Difference[] {
  const differences: Difference[] = [];
  const name = identifier(role);
  for (const { name: setting, value, since, superuser } of settings) {
    if (since !== undefined && catalog.majorVersion < since) continue;
    const differs = (says: string, ...statements: string[]) =>
      differences.push({
        ...(superuser && !catalog.superuser ? { outOfReach: true } : {}),
        ...{ subject: `role ${role}`, says, statements },
      });
    const actual = catalog.settings.filter((s) => s.role === role && s.name === setting);
    for (const narrower of actual.filter((s) => s.database !== null)) {
      differs(
        `sets ${setting} to ${narrower.value} in ${narrower.database}`,
        `ALTER ROLE ${name} IN DATABASE ${identifier(narrower.database!)} RESET ${setting}`,
      );
    }
    const everywhere = actual.find((s) => s.database === null);
    if (everywhere?.value === value) continue;
    const instead = everywhere
      ? `sets ${setting} to ${everywhere.value} instead of ${value}`
      : `does not set ${setting}`;
    differs(instead, `ALTER ROLE ${name} SET ${setting} = ${literal(value)}`);
  }
  return differences;
}

function roleFaults(role: RoleDescription, found: CatalogRole): string[] {
  const faults = found.attributes.map((attribute) => `has ${attribute}`);
  if (found.login !== role.login) faults.push(role.login ? "may not log in" : "may log in");
  if (found.inherit) faults.push("inherits");
  if (found.connectionLimit !== role.connectionLimit) {
    faults.push(`has a connection limit of ${found.connectionLimit} instead of ${role.connectionLimit}`);
  }
  return faults;
}

function auditMemberships(
  { id, roles }: AppDatabaseDescription,
  expected: readonly MembershipDescription[],
  catalog: ServerCatalog,
): Difference[] {
  const differences: Difference[] = [];
  const own = new Set(roles.map((role) => role.name));
  const hasOptions = catalog.majorVersion >= 16;
  const isExpected = (m: CatalogMembership) => expected.some((e) => e.role === m.role && e.member === m.member);
  const isMark = (m: CatalogMembership) => m.role === id && standingGroups.includes(m.member);
  // The administrator of a managed server is made a member of what it creates.
  const isPlatform = (m: CatalogMembership) => m.operator || m.member === catalog.currentUser;

  for (const m of catalog.memberships) {
    if (!own.has(m.role) && !own.has(m.member)) continue;
    const by = hasOptions ? ` GRANTED BY ${identifier(m.grantor)}` : "";
    const subject = `membership of ${m.member} in ${m.role}`;
    if (!isExpected(m) && !isMark(m) && !isPlatform(m)) {
      const revoke = `REVOKE ${identifier(m.role)} FROM ${identifier(m.member)}${by} CASCADE`;
      // A session keeps the role that it has taken.
      const end = `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = ${literal(m.member)}`;
      const statements = m.member === id ? [revoke, end] : [revoke];
      differences.push({ subject, says: "should not be", statements });
    } else if (isExpected(m) && m.admin) {
      const revoke = `REVOKE ADMIN OPTION FOR ${identifier(m.role)} FROM ${identifier(m.member)}${by} CASCADE`;
      differences.push({ subject, says: "may be passed on", statements: [revoke] });
    }
  }
  for (const e of expected) {
    const found = catalog.memberships.filter((m) => m.role === e.role && m.member === e.member);
    const holds = hasOptions ? found.some((m) => m.set === e.set && m.inherit === false) : found.length > 0;
    if (holds) continue;
    const options = hasOptions ? ` WITH INHERIT FALSE, SET ${String(e.set).toUpperCase()}` : "";
    differences.push({
      subject: `membership of ${e.member} in ${e.role}`,
      says: found.length > 0 ? "has other options" : "is missing",
      statements: [`GRANT ${identifier(e.role)} TO ${identifier(e.member)}${options}`],
    });
  }
  return differences;
}
