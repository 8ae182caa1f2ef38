import { type PlanName, plans } from "../plans";
import type { CatalogSession } from "../tenancy/catalog";
import { standingGroups, suspendedGroup } from "../tenancy/describe";
import { guardLimits } from "./limits";
import { readEmptySize, readSizes, warningOf } from "./storage";

export type StorageState = "ok" | "warning" | "restricted" | "suspended";

/** What an app uses of its plan. */
export interface Usage {
  connections: { used: number; limit: number };
  /** Bytes; what an empty database takes is not counted. */
  storage: { bytes: number; limitBytes: number; state: StorageState };
  statementTimeoutMs: number;
}

/** Reads what an app uses, on a session that sees every database of the server. */
export async function readUsage(session: CatalogSession, app: string, plan: PlanName): Promise<Usage> {
  return (await readUsages(session, [{ id: app, plan }])).get(app)!;
}

/** The same of many apps at once, by their ids. */
export async function readUsages(
  session: CatalogSession,
  apps: readonly { id: string; plan: PlanName }[],
): Promise<Map<string, Usage>> {
  const ids = apps.map(({ id }) => id);
  const connections = await countConnections(session, ids);
  const marks = await readMarks(session, ids);
  const sizes = await readSizes(session, ids);
  const empty = await readEmptySize(session);
  return new Map(
    apps.map(({ id, plan }) => {
      const limits = plans[plan];
      const bytes = Math.max(0, (sizes.get(id) ?? 0) - empty);
      const warning = warningOf(bytes, limits.storageBytes, guardLimits) === undefined ? "ok" : "warning";
      const marked = marks.get(id) ?? [];
      const state = marked.includes(suspendedGroup) ? "suspended" : marked.length > 0 ? "restricted" : warning;
      const usage: Usage = {
        connections: { used: connections.get(id) ?? 0, limit: limits.maxConnections },
        storage: { bytes, limitBytes: limits.storageBytes, state },
        statementTimeoutMs: limits.statementTimeoutMs,
      };
      return [id, usage];
    }),
  );
}

async function countConnections(session: CatalogSession, ids: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await session.query<{ app: string; connections: number }>(
    `SELECT usename AS app, count(*)::int AS connections FROM pg_catalog.pg_stat_activity
      WHERE usename = ANY($1) GROUP BY usename`,
    [ids],
  );
  return new Map(rows.map(({ app, connections }) => [app, connections]));
}

async function readMarks(session: CatalogSession, ids: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await session.query<{ app: string; marks: string[] }>(
    `SELECT r.rolname AS app, pg_catalog.json_agg(g.rolname) AS marks FROM pg_catalog.pg_auth_members m
       JOIN pg_catalog.pg_roles r ON r.oid = m.roleid JOIN pg_catalog.pg_roles g ON g.oid = m.member
      WHERE r.rolname = ANY($1) AND g.rolname = ANY($2) GROUP BY r.rolname`,
    [ids, standingGroups],
  );
  return new Map(rows.map(({ app, marks }) => [app, marks]));
}
