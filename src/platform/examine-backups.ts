import { areFailing, readAttempts } from "../backup/attempts";
import { chooseDumper, findClients } from "../backup/ground";
import { isStale } from "../backup/schedule";
import { errorMessage, LeashError } from "../errors";
import { maintenanceDatabase, withSession } from "../tenancy/session";
import type { App } from "./app-store";
import { openBackupStore, readBackupSettings } from "./backups";
import type { Finding } from "./examine";
import type { Home } from "./home";
import type { AdministratorServer } from "./server";

/** Looks at the backups of a home whose server runs; changes nothing. */
export async function examineBackups(
  home: Home,
  server: AdministratorServer,
  apps: readonly App[],
): Promise<Finding[]> {
  const backedUp = apps.filter(({ database }) => database?.state === "ready");
  if (backedUp.length === 0) return [];
  const findings: Finding[] = [];
  const settings = readBackupSettings(home);
  const store = await openBackupStore(home, settings);
  const { backups, broken } = await store.list();
  for (const file of broken) {
    findings.push({ ok: false, subject: "backups", says: `${file} is no manifest`, mend: "Move it away." });
  }
  findings.push(await examineClient(server, backedUp));
  const now = new Date();
  const ids = backedUp.map(({ id }) => id);
  const attempts = await readAttempts(server, ids, now);
  for (const app of backedUp) {
    const newest = backups.find((backup) => backup.app === app.id && backup.verifiedAt !== null);
    const attempt = attempts.get(app.id)!;
    const { seenAt, failures, error } = attempt;
    const failing = areFailing(attempt, newest);
    const stale = isStale(settings.schedule, app.id, now, newest?.startedAt, seenAt);
    const last = newest ? `the newest is of ${newest.startedAt.slice(0, 16).replace("T", " ")} UTC` : "none yet";
    findings.push({
      ok: !stale && !failing,
      subject: `backups of ${app.name}`,
      says: failing ? `${last}; the last ${failures} attempts failed: ${error}` : last,
      mend: "`leash backups create` makes one now, or says what is wrong.",
    });
  }
  return findings;
}

/** Whether there is a pg_dump for the largest of the databases. */
async function examineClient(server: AdministratorServer, apps: readonly App[]): Promise<Finding> {
  const { major, bytes } = await withSession(server, maintenanceDatabase, async (session) => {
    const { rows } = await session.query<{ major: number; bytes: string | null }>(
      `SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major,
              (SELECT pg_catalog.max(pg_catalog.pg_database_size(oid)) FROM pg_catalog.pg_database WHERE datname = ANY($1)) AS bytes`,
      [apps.map(({ id }) => id)],
    );
    return { major: rows[0]!.major, bytes: Number(rows[0]!.bytes ?? 0) };
  });
  try {
    const { kind, version } = chooseDumper(findClients(), major, bytes);
    return { ok: true, subject: "pg_dump", says: `${version}${kind === "wasm" ? " (WebAssembly)" : ""}` };
  } catch (error) {
    const hint = error instanceof LeashError ? error.hint : undefined;
    return { ok: false, subject: "pg_dump", says: errorMessage(error), ...(hint ? { mend: hint } : {}) };
  }
}
