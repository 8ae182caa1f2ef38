import { type PlanName, planNames, plans } from "../plans";
import { standingOf } from "../tenancy/audit";
import type { CatalogSession } from "../tenancy/catalog";
import { planGroup, planGroups, type Standing, standingGroups } from "../tenancy/describe";

/** An app as the server's catalog marks it. */
export interface Tenant {
  id: string;
  plan: PlanName;
  limits: (typeof plans)[PlanName];
  standing: Standing;
}

/** Every app of the server, by id. One with several plans, which nobody gave it, has the smallest until that is mended. */
export async function readTenants(session: CatalogSession): Promise<Map<string, Tenant>> {
  const { rows: memberships } = await session.query<{ role: string; member: string }>(
    `SELECT r.rolname AS role, g.rolname AS member
       FROM pg_catalog.pg_auth_members m
       JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
       JOIN pg_catalog.pg_roles g ON g.oid = m.member
      WHERE g.rolname = ANY($1)`,
    [[...planGroups, ...standingGroups]],
  );
  const groups = new Map<string, string[]>();
  for (const { role, member } of memberships) groups.set(role, [...(groups.get(role) ?? []), member]);
  const tenants = new Map<string, Tenant>();
  for (const [id, members] of groups) {
    const plan = planNames.find((name) => members.includes(planGroup(name)));
    if (!plan) continue;
    const marks = members.map((member) => ({ role: id, member }));
    tenants.set(id, { id, plan, limits: plans[plan], standing: standingOf({ memberships: marks }, id) });
  }
  return tenants;
}
