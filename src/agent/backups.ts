import { setTimeout as sleep } from "node:timers/promises";
import { type BackupEvent, backupEventKinds } from "../backup/events";
import type { BackedUpApp, BackupGround } from "../backup/ground";
import { dropLeftovers } from "../backup/leftovers";
import { BackupScheduler } from "../backup/scheduler";
import type { BackupSettings } from "../backup/settings";
import { tellWebhook } from "../backup/webhook";
import { errorMessage, LeashError } from "../errors";
import { readTenants } from "../limits/tenants";
import { maintenanceDatabase, type TenancyServer, withSession } from "../tenancy/session";
import type { BackupMetrics } from "./backup-metrics";
import type { Logger } from "./log";

export interface AgentBackups {
  /** Changes whenever the settings do. */
  version: () => string;
  /** Reads the settings and opens the store. */
  open: () => Promise<{ ground: BackupGround; settings: BackupSettings }>;
  /** What people call the apps, by id. */
  names: () => ReadonlyMap<string, string>;
  /** These apps alone. */
  only?: readonly string[];
}

interface Around {
  server: TenancyServer;
  log: Logger;
  metrics: BackupMetrics;
}

const watchMs = 5_000;
const tidyMs = 15 * 60_000;

/** Makes the backups of a server's apps until `signal` is aborted; settings that change are taken up. */
export async function runBackups(backups: AgentBackups, around: Around, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const version = backups.version();
    const changed = new AbortController();
    const watch = setInterval(() => backups.version() !== version && changed.abort(), watchMs);
    const until = AbortSignal.any([signal, changed.signal]);
    try {
      const { ground, settings } = await backups.open();
      around.log.info({ schedule: settings.schedule.cron, store: ground.store.description }, "backups have begun");
      const scheduler = new BackupScheduler({
        ...{ ground, settings },
        listApps: () => listApps(backups, around.server),
        onEvent: (event) => tell(event, settings, around),
        onLook: (...look) => around.metrics.onLook(...look),
      });
      await Promise.all([scheduler.run(until), tidy(backups, settings, around, until)]);
    } catch (error) {
      const details = error instanceof LeashError ? error.details : [];
      around.log.error({ event: "backups-blind", error: [errorMessage(error), ...details].join(" ") }, "no backups");
      around.metrics.onEvent({ kind: "backups-blind", app: null, name: null, detail: {} });
      // Until somebody mends the settings, or what they name is there again.
      await sleep(60_000, undefined, { signal: until }).catch(() => {});
    } finally {
      clearInterval(watch);
    }
  }
}

/** Drops what killed restores and drills have left: as it begins, after what has killed it too, and then now and again. */
async function tidy(
  backups: AgentBackups,
  settings: BackupSettings,
  around: Around,
  until: AbortSignal,
): Promise<void> {
  while (!until.aborted) {
    try {
      const apps = await listApps(backups, around.server);
      for (const { app: id, database } of await dropLeftovers(
        around.server,
        apps.map((app) => app.id),
      )) {
        const name = backups.names().get(id) ?? null;
        tell({ kind: "leftover-dropped", app: id, name, detail: { database } }, settings, around);
      }
    } catch (error) {
      // It costs room alone; that the server is away is told by who needs it.
      around.log.warn({ error: errorMessage(error) }, "what restores have left could not be dropped");
    }
    await sleep(tidyMs, undefined, { signal: until }).catch(() => {});
  }
}

/** Every app of the server, as its catalog marks them. */
export async function listApps(
  { names: readNames, only }: Pick<AgentBackups, "names" | "only">,
  server: TenancyServer,
): Promise<BackedUpApp[]> {
  const tenants = await withSession(server, maintenanceDatabase, readTenants);
  const names = readNames();
  return [...tenants.values()]
    .filter(({ id }) => only === undefined || only.includes(id))
    .map(({ id, plan }) => ({ id, plan, name: names.get(id) ?? null }));
}

function tell(event: BackupEvent, { webhook }: BackupSettings, { log, metrics }: Around): void {
  const { kind, app, detail } = event;
  metrics.onEvent(event);
  log[backupEventKinds[kind].level]({ event: kind, app, ...detail });
  if (webhook === null) return;
  tellWebhook(webhook, event, new Date()).then(
    (failure) => failure && log.error({ event: "webhook-failed", error: failure }),
    (error) => log.error({ event: "webhook-failed", error: errorMessage(error) }),
  );
}
