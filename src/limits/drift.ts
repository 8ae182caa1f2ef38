import { auditRoles, type Difference } from "../tenancy/audit";
import { auditDatabase } from "../tenancy/audit-database";
import { type CatalogSession, readServerCatalog } from "../tenancy/catalog";
import { describeAppDatabase, ownerRole, planGroup } from "../tenancy/describe";
import { recallVerifiers } from "../tenancy/ledger";
import type { Tenant } from "./tenants";

const rowHash = (row: string) => `pg_catalog.hashtextextended(${row}.xmin::text || ${row}.ctid::text, 0)::numeric`;

const fingerprintQuery = `
SELECT (SELECT coalesce(sum(${rowHash("a")}), 0) FROM pg_catalog.pg_authid a)::text || ' '
    || (SELECT coalesce(sum(${rowHash("m")}), 0) FROM pg_catalog.pg_auth_members m)::text || ' '
    || (SELECT coalesce(sum(${rowHash("s")}), 0) FROM pg_catalog.pg_db_role_setting s)::text || ' '
    || (SELECT coalesce(sum(${rowHash("d")}), 0) FROM pg_catalog.pg_database d)::text AS fingerprint`;

/** Changes with every change of a role, a membership, a setting or a database, and costs little. */
export async function readFingerprint(session: CatalogSession): Promise<string> {
  return (await session.query<{ fingerprint: string }>(fingerprintQuery)).rows[0]!.fingerprint;
}

const roleFingerprintsQuery = `
WITH parts (role, hash) AS (
  SELECT a.oid, ${rowHash("a")} FROM pg_catalog.pg_authid a
  UNION ALL SELECT m.roleid, ${rowHash("m")} FROM pg_catalog.pg_auth_members m
  UNION ALL SELECT m.member, ${rowHash("m")} FROM pg_catalog.pg_auth_members m
  UNION ALL SELECT s.setrole, ${rowHash("s")} FROM pg_catalog.pg_db_role_setting s
  UNION ALL SELECT r.oid, ${rowHash("d")} FROM pg_catalog.pg_database d
              JOIN pg_catalog.pg_authid r ON r.rolname = d.datname)
SELECT r.rolname AS role, sum(p.hash)::text AS hash
  FROM parts p JOIN pg_catalog.pg_authid r ON r.oid = p.role GROUP BY r.rolname`;

/** The same for each app: what changes of it changes the fingerprint under its id. */
export async function readTenantFingerprints(
  session: CatalogSession,
  tenants: Iterable<Tenant>,
): Promise<Map<string, string>> {
  const { rows } = await session.query<{ role: string; hash: string }>(roleFingerprintsQuery);
  const byRole = new Map(rows.map(({ role, hash }) => [role, hash]));
  const of = ({ id, plan }: Tenant) => `${plan} ${byRole.get(id)} ${byRole.get(ownerRole(id))}`;
  return new Map(Array.from(tenants, (tenant) => [tenant.id, of(tenant)]));
}

/** How many apps one question to the catalog is about. */
const atOnce = 50;

/** What differs from the rules, of these apps: roles, memberships, settings, stored passwords, access to the database. */
export async function auditTenants(
  session: CatalogSession,
  tenants: readonly Tenant[],
): Promise<{ tenant: Tenant; verifier: string | undefined; differences: Difference[] }[]> {
  const drifted: { tenant: Tenant; verifier: string | undefined; differences: Difference[] }[] = [];
  for (let from = 0; from < tenants.length; from += atOnce) {
    const batch = tenants.slice(from, from + atOnce);
    const descriptions = batch.map(({ id, plan }) => describeAppDatabase({ id, plan }));
    const ids = batch.map(({ id }) => id);
    const catalog = await readServerCatalog(session, {
      roles: descriptions
        .flatMap(({ roles }) => roles.map(({ name }) => name))
        .concat(batch.map((t) => planGroup(t.plan))),
      databases: ids,
      settings: [...new Set(descriptions.flatMap(({ roles }) => roles.flatMap((r) => r.settings.map((s) => s.name))))],
      secretsOf: ids,
    });
    const verifiers = await recallVerifiers(session, catalog.ledger, ids);
    for (const [index, description] of descriptions.entries()) {
      const tenant = batch[index]!;
      // One that is being made or dropped is somebody else's work.
      if (!catalog.databases.some((d) => d.name === tenant.id && d.allowConnections)) continue;
      const verifier = verifiers?.get(tenant.id);
      const database = auditDatabase(description, catalog);
      const differences = [...auditRoles(description, catalog, verifier ? { verifier } : undefined), ...database.mend];
      if (differences.some((one) => !one.outOfReach)) drifted.push({ tenant, verifier, differences });
    }
  }
  return drifted;
}
