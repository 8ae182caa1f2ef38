import { readServerCatalog } from "./catalog";
import {
  type AppDatabaseDescription,
  ownerRole,
  restrictedGroup,
  restrictedPrivileges,
  type Standing,
  suspendedGroup,
} from "./describe";
import { mendRoles } from "./reconcile";
import { inMaintenance, type TenancyServer, withSession } from "./session";
import { identifier } from "./sql";

const marks: Record<Standing, readonly string[]> = {
  open: [],
  restricted: [restrictedGroup],
  suspended: [restrictedGroup, suspendedGroup],
};

/**
 * Marks how an app stands and makes its roles accordingly. What it had before stays with the sessions that it has: they
 * must be ended, and in the end there must be none that began before the time that this returns.
 * @returns the server's time when the roles were as they should
 */
export async function setStanding(
  server: TenancyServer,
  description: AppDatabaseDescription,
  standing: Standing,
): Promise<string> {
  const { id } = description;
  return inMaintenance(server, id, async (session) => {
    const catalog = await readServerCatalog(session, { roles: [id], databases: [] });
    const statements: string[] = [];
    for (const group of [restrictedGroup, suspendedGroup]) {
      const found = catalog.memberships.filter((m) => m.role === id && m.member === group);
      const wanted = marks[standing].includes(group);
      const options = catalog.majorVersion >= 16 ? " WITH INHERIT FALSE, SET FALSE" : "";
      if (wanted && found.length === 0) statements.push(`GRANT ${identifier(id)} TO ${identifier(group)}${options}`);
      if (wanted) continue;
      for (const { grantor } of found) {
        const by = catalog.majorVersion >= 16 ? ` GRANTED BY ${identifier(grantor)}` : "";
        statements.push(`REVOKE ${identifier(id)} FROM ${identifier(group)}${by}`);
      }
    }
    // Autovacuum runs functions of the app's indexes, whoever may log in: they may read then, and write nothing.
    const readOnly =
      standing === "suspended" ? "SET default_transaction_read_only = on" : "RESET default_transaction_read_only";
    statements.push(`ALTER DATABASE ${identifier(id)} ${readOnly}`);
    await session.query(statements.join(";\n"));
    await mendRoles(session, description);
    const { rows } = await session.query<{ now: string }>("SELECT pg_catalog.clock_timestamp()::text AS now");
    return rows[0]!.now;
  });
}

/**
 * Lets the login of a restricted app read and empty the tables of its owner role, or takes that back. Nothing else of the
 * app's own grants is touched.
 */
export async function grantRestrictedAccess(server: TenancyServer, id: string, allowed: boolean): Promise<void> {
  await withSession(server, id, async (session) => {
    await session.query("SET statement_timeout = '30s'");
    const { rows } = await session.query<{ name: string }>(
      `SELECT n.nspname AS name FROM pg_catalog.pg_namespace n
        WHERE n.nspowner OPERATOR(pg_catalog.=) $1::pg_catalog.regrole::pg_catalog.oid
        ORDER BY n.nspname`,
      [identifier(ownerRole(id))],
    );
    const login = identifier(id);
    const [give, to] = allowed ? ["GRANT", "TO"] : ["REVOKE", "FROM"];
    for (const { name } of rows) {
      const schema = identifier(name);
      await session.query(`${give} USAGE ON SCHEMA ${schema} ${to} ${login}`);
      await session.query(
        `${give} ${restrictedPrivileges.join(", ")} ON ALL TABLES IN SCHEMA ${schema} ${to} ${login}`,
      );
    }
  });
}
