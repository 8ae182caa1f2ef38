import { LeashError } from "../errors";
import type { CatalogSession } from "./catalog";
import { ownerRole } from "./describe";
import { inMaintenance, type TenancyServer } from "./session";
import { identifier } from "./sql";

/** What is about to be created, and may be there already. */
export type Created = { kind: "database" | "login" | "owner"; id: string } | { kind: "group"; name: string };

/**
 * Removes what a creation left behind whose answer got lost: the server has made it, and who asked doesn't know. Only
 * what nobody can have used yet is removed.
 * @throws LeashError `tenancy/exists` when it is in use
 */
export async function removeLeftover(server: TenancyServer, created: Created): Promise<void> {
  const subject = created.kind === "group" ? "baseline" : created.id;
  await inMaintenance(server, subject, (session) =>
    created.kind === "group" ? removeGroup(session, created.name) : removeOfApp(session, created.kind, created.id),
  );
}

async function removeOfApp(session: CatalogSession, kind: "database" | "login" | "owner", id: string): Promise<void> {
  const role = kind === "owner" ? ownerRole(id) : id;
  const { rows } = await session.query<{ role: boolean; database: boolean; used: boolean }>(
    // A database's grants are made at once after it; until then it has none, and no role of an app gets in.
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $2) AS role,
            EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1) AS database,
            EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1 AND datacl IS NOT NULL) AS used`,
    [id, role],
  );
  const found = rows[0]!;
  if (kind === "database" ? !found.database : !found.role) return;
  if (found.used) throw exists(kind === "database" ? `database ${id}` : `role ${role}`);
  if (found.database) await session.query(`DROP DATABASE ${identifier(id)}`);
  if (kind !== "database") await session.query(`DROP ROLE ${identifier(role)}`);
}

async function removeGroup(session: CatalogSession, name: string): Promise<void> {
  const { rows } = await session.query<{ used: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid OR m.roleid = r.oid) AS used
       FROM pg_catalog.pg_roles r WHERE r.rolname = $1`,
    [name],
  );
  if (rows.length === 0) return;
  if (rows[0]!.used) throw exists(`role ${name}`);
  await session.query(`DROP ROLE ${identifier(name)}`);
}

function exists(what: string): LeashError {
  return new LeashError(
    "tenancy/exists",
    `The ${what} is on the server already, in use and not in this program's state.`,
  );
}
