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
  const limits = plans[plan];
  const { rows } = await session.query<{ connections: number; marks: string[] }>(
    `SELECT (SELECT count(*)::int FROM pg_catalog.pg_stat_activity WHERE usename = $1) AS connections,
            (SELECT coalesce(json_agg(g.rolname), '[]') FROM pg_catalog.pg_auth_members m
               JOIN pg_catalog.pg_roles r ON r.oid = m.roleid JOIN pg_catalog.pg_roles g ON g.oid = m.member
              WHERE r.rolname = $1 AND g.rolname = ANY($2)) AS marks`,
    [app, standingGroups],
  );
  const { connections, marks } = rows[0]!;
  const size = (await readSizes(session, [app])).get(app) ?? 0;
  const bytes = Math.max(0, size - (await readEmptySize(session)));
  const warning = warningOf(bytes, limits.storageBytes, guardLimits) === undefined ? "ok" : "warning";
  const state = marks.includes(suspendedGroup) ? "suspended" : marks.length > 0 ? "restricted" : warning;
  return {
    connections: { used: connections, limit: limits.maxConnections },
    storage: { bytes, limitBytes: limits.storageBytes, state },
    statementTimeoutMs: limits.statementTimeoutMs,
  };
}
