import { setTimeout as sleep } from "node:timers/promises";
import type { CatalogSession } from "../tenancy/catalog";
import { describeAppDatabase, type Standing } from "../tenancy/describe";
import { dropOneOff, listOneOffs } from "../tenancy/one-off";
import { isBlocked, type TenancyServer } from "../tenancy/session";
import { grantRestrictedAccess, setStanding } from "../tenancy/standing";
import { terminateSessionsOf } from "./activity";
import { deleteStandingRecord, writeStandingRecord } from "./standing-ledger";
import type { Tenant } from "./tenants";

/**
 * Changes how an app stands, so that in the end no session of it has what it had before. Each step may be the last of a
 * guard that dies: the catalog's mark and the ledger tell the next one what is left to do.
 */
export async function changeStanding(
  server: TenancyServer,
  session: CatalogSession,
  { id, plan }: Tenant,
  standing: Standing,
  usedBytes: number,
): Promise<void> {
  const floorBytes = standing === "open" ? null : usedBytes;
  // Before the roles change, so that a guard that dies in between leaves word of it.
  const early = await serverTime(session);
  await writeStandingRecord(session, { app: id, floorBytes, settleBefore: early });
  const settleBefore = await setStanding(server, describeAppDatabase({ id, plan }), standing);
  await writeStandingRecord(session, { app: id, floorBytes, settleBefore });
  await settleStanding(server, session, { id, standing, floorBytes, settleBefore });
}

export interface Settling {
  id: string;
  standing: Standing;
  floorBytes: number | null;
  settleBefore: string;
}

/** What is left to do once an app's roles are as its standing says. */
export async function settleStanding(
  server: TenancyServer,
  session: CatalogSession,
  { id, standing, floorBytes, settleBefore }: Settling,
): Promise<void> {
  await endOlderSessions(session, id, settleBefore);
  if (standing === "open") {
    await patiently(() => grantRestrictedAccess(server, id, false));
    await deleteStandingRecord(session, id);
    return;
  }
  await endMigrations(server, id);
  // A suspended one keeps what it has: it does not log in.
  if (standing === "restricted") await patiently(() => grantRestrictedAccess(server, id, true));
  await writeStandingRecord(session, { app: id, floorBytes, settleBefore: null });
}

async function serverTime(session: CatalogSession): Promise<string> {
  const { rows } = await session.query<{ now: string }>("SELECT pg_catalog.clock_timestamp()::text AS now");
  return rows[0]!.now;
}

/** A login that was under way shows up late, so that none must be found for a while. */
async function endOlderSessions(session: CatalogSession, id: string, before: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (let clean = 0; clean < 3; ) {
    clean = (await terminateSessionsOf(session, [id], before)) === 0 ? clean + 1 : 0;
    if (performance.now() > deadline) throw new Error(`sessions of ${id} do not end`);
    await sleep(100);
  }
}

async function endMigrations(server: TenancyServer, id: string): Promise<void> {
  for (const oneOff of await listOneOffs(server)) {
    if (oneOff.app === id && oneOff.kind === "migration") await patiently(() => dropOneOff(server, oneOff));
  }
}

/** The app may hold locks on its tables, and loses its sessions while it does. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isBlocked(error) || attempt === 5) throw error;
      await sleep(500);
    }
  }
}
