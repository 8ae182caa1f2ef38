import type { Difference } from "./audit";
import type { CatalogDatabase, DatabaseCatalog, ServerCatalog } from "./catalog";
import type { AppDatabaseDescription, DatabaseDescription } from "./describe";
import { parseOneOffName } from "./one-off";
import { identifier, literal } from "./sql";

/** What differs about the app's database, seen from outside. Creation is apart: it runs in no transaction. */
export function auditDatabase(
  description: AppDatabaseDescription,
  catalog: ServerCatalog,
): { create: Difference[]; mend: Difference[] } {
  const { database } = description;
  const found = catalog.databases.find((d) => d.name === database.name);
  if (found) return { create: [], mend: auditDatabaseAccess(description, found, catalog.currentUser) };
  const name = identifier(database.name);
  // Made closed, then opened: between the two statements nobody but the administrator holds anything on it.
  const create = `CREATE DATABASE ${name} TEMPLATE ${database.template} ENCODING ${literal(database.encoding)} ALLOW_CONNECTIONS false`;
  const asCreated: CatalogDatabase = {
    name: database.name,
    owner: catalog.currentUser,
    allowConnections: false,
    privileges: [{ grantee: "PUBLIC", privilege: "CONNECT", grantable: false }],
  };
  return {
    create: [{ subject: `database ${database.name}`, says: "is missing", statements: [create] }],
    mend: auditDatabaseAccess(description, asCreated, catalog.currentUser),
  };
}

/** What differs inside the app's database. */
export function auditDatabaseContents(database: DatabaseDescription, catalog: DatabaseCatalog): Difference[] {
  const differences: Difference[] = [];
  for (const schema of database.schemas) {
    const found = catalog.schemas.find((s) => s.name === schema.name);
    // A schema that the app dropped is the app's own decision.
    if (!found || found.owner === schema.owner) continue;
    differences.push({
      subject: `schema ${schema.name} of ${database.name}`,
      says: `belongs to ${found.owner} instead of ${schema.owner}`,
      statements: asMember(schema.owner, catalog, [
        `ALTER SCHEMA ${identifier(schema.name)} OWNER TO ${identifier(schema.owner)}`,
      ]),
    });
  }
  for (const signature of catalog.openFunctions) {
    differences.push({
      ...(catalog.superuser ? {} : { outOfReach: true }),
      subject: `function ${signature} in ${database.name}`,
      says: "may be executed by PUBLIC",
      statements: [`REVOKE EXECUTE ON FUNCTION ${signature} FROM PUBLIC`],
    });
  }
  return differences;
}

/** An administrator that is not a superuser gives only to a role that it is a member of. */
function asMember(role: string, { superuser, currentUser }: DatabaseCatalog, statements: string[]): string[] {
  if (superuser) return statements;
  const [group, user] = [identifier(role), identifier(currentUser)];
  return [`GRANT ${group} TO ${user}`, ...statements, `REVOKE ${group} FROM ${user}`];
}

function auditDatabaseAccess(
  { database, roles }: AppDatabaseDescription,
  found: CatalogDatabase,
  administrator: string,
): Difference[] {
  const differences: Difference[] = [];
  const name = identifier(database.name);
  const differs = (says: string, ...statements: string[]) =>
    differences.push({ subject: `database ${database.name}`, says, statements });

  if (roles.some((role) => role.name === found.owner)) {
    differs(`belongs to ${found.owner}`, `ALTER DATABASE ${name} OWNER TO ${identifier(administrator)}`);
  }
  const grantees = new Set(found.privileges.map((p) => p.grantee));
  grantees.delete(found.owner);
  for (const grantee of grantees) {
    if (parseOneOffName(grantee)) continue;
    const expected = database.privileges.find((p) => p.role === grantee);
    const surplus = found.privileges.filter(
      (p) => p.grantee === grantee && (p.grantable || !expected?.privileges.some((e) => e === p.privilege)),
    );
    if (surplus.length === 0) continue;
    const who = grantee === "PUBLIC" ? "PUBLIC" : identifier(grantee);
    const regrant = expected ? [`GRANT ${expected.privileges.join(", ")} ON DATABASE ${name} TO ${who}`] : [];
    differs(
      `gives ${grantee} ${surplus.map((p) => p.privilege).join(", ")}`,
      `REVOKE ALL ON DATABASE ${name} FROM ${who} CASCADE`,
      ...regrant,
    );
  }
  for (const { role, privileges } of database.privileges) {
    const missing = privileges.filter((p) => !found.privileges.some((f) => f.grantee === role && f.privilege === p));
    if (missing.length === 0) continue;
    differs(
      `does not give ${role} ${missing.join(", ")}`,
      `GRANT ${missing.join(", ")} ON DATABASE ${name} TO ${identifier(role)}`,
    );
  }
  if (!found.allowConnections) differs("is closed", `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  return differences;
}
