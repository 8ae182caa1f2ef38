import fs from "node:fs";
import { Readable } from "node:stream";
import { type Context, Hono } from "hono";
import { dumpFileName, type Manifest } from "../../backup/manifest";
import {
  createBackup,
  drillNewest,
  findBackup,
  listBackups,
  listKeptDatabases,
  openStored,
  requireOwnDatabase,
  verifyStored,
} from "../../platform/app-backups";
import { restoreBackup, undoLastRestore } from "../../platform/app-restore";
import type { App } from "../../platform/app-store";
import { readBackupSettings } from "../../platform/backups";
import type { BackupFacts, Backups } from "../api";
import { appOf, assertConfirmed, type Desk, startJob } from "../desk";
import { RequestError } from "../failure";
import { readRequest, requests } from "../requests";

export function backupRoutes(desk: Desk): Hono {
  const { home, tickets } = desk;
  return new Hono()
    .get("/apps/:app/backups", async (context) => context.json(await readBackups(desk, appOf(desk, context))))
    .post("/apps/:app/backups", (context) => {
      const app = requireBackedUp(desk, context);
      const job = startJob(desk, app, "backup", async (progress, signal) => {
        const { id, evidence } = await createBackup(home, app, progress, signal);
        return `Backup ${id} is made and verified: ${evidence.tables.length} tables.`;
      });
      return context.json(job, 202);
    })
    .post("/apps/:app/backups/drill", (context) => {
      const app = requireBackedUp(desk, context);
      const job = startJob(desk, app, "drill", async (progress, signal) => {
        const { id, drill } = await drillNewest(home, app, progress, signal);
        return `Backup ${id} restores: ${drill!.tables} tables in ${drill!.seconds.toFixed(1)} s, nothing differs.`;
      });
      return context.json(job, 202);
    })
    .post("/apps/:app/backups/undo", async (context) => {
      const { confirm } = await readRequest(context, requests.confirmation);
      const app = requireBackedUp(desk, context);
      assertConfirmed(app, confirm);
      const job = startJob(desk, app, "undo", async (progress) => {
        await undoLastRestore(home, app, progress, "undo");
        return "The database is back that was there before the last restore.";
      });
      return context.json(job, 202);
    })
    .post("/apps/:app/backups/:backup/restore", async (context) => {
      const { confirm } = await readRequest(context, requests.confirmation);
      const app = appOf(desk, context);
      const manifest = await backupOf(desk, app, context);
      assertConfirmed(app, confirm);
      const job = startJob(desk, app, "restore", async (progress, signal) => {
        const { faults } = await restoreBackup(home, app, manifest, { signal }, progress);
        const left = faults.length > 0 ? ` ${faults.length} things could not be restored.` : "";
        return `The database of backup ${manifest.id} is in place; what was there before is kept.${left}`;
      });
      return context.json(job, 202);
    })
    .post("/apps/:app/backups/:backup/verify", async (context) => {
      const app = appOf(desk, context);
      const manifest = await backupOf(desk, app, context);
      const job = startJob(desk, app, "verify", async (progress) => {
        progress("Reading the backup");
        await verifyStored(home, manifest);
        return `Backup ${manifest.id} is whole, as it was stored.`;
      });
      return context.json(job, 202);
    })
    .post("/apps/:app/backups/:backup/download", async (context) => {
      const manifest = await backupOf(desk, appOf(desk, context), context);
      return context.json({ path: `/download/${tickets.create(manifest)}` });
    });
}

/** What a ticket stands for, as a file for the browser to keep. */
export async function sendBackup({ home, tickets }: Desk, context: Context): Promise<Response> {
  const manifest = tickets.take(context.req.param("ticket") ?? "");
  if (!manifest) {
    throw new RequestError(404, "dashboard/no-ticket", "This download was begun already, or too late.", {
      hint: "Choose Download once more.",
    });
  }
  const opened = await openStored(home, manifest);
  const stream = fs.createReadStream(opened.file);
  stream.once("close", () => opened.release().catch(() => {}));
  return new Response(Readable.toWeb(stream) as ReadableStream<Uint8Array>, {
    headers: {
      "content-type": "application/octet-stream",
      "content-length": String(fs.statSync(opened.file).size),
      "content-disposition": `attachment; filename="${dumpFileName(manifest)}"`,
    },
  });
}

function requireBackedUp(desk: Desk, context: Context): App {
  const app = appOf(desk, context);
  requireOwnDatabase(app);
  return app;
}

/** @throws LeashError `backup/not-found`, `backup/bad-id` */
async function backupOf({ home }: Desk, app: App, context: Context): Promise<Manifest> {
  const manifest = await findBackup(home, context.req.param("backup") ?? "");
  if (manifest.app === app.id) return manifest;
  throw new RequestError(404, "backup/not-found", `${app.name} has no such backup.`);
}

async function readBackups({ home }: Desk, app: App): Promise<Backups> {
  const settings = readBackupSettings(home);
  const { backups } = await listBackups(home, app);
  const { kept, failure } = await listKeptDatabases(home, app, backups);
  return {
    backups: backups.map(backupFacts),
    kept: kept.map(({ at, bytes, purpose }) => ({
      ...{ at: at.toISOString(), bytes },
      from: purpose === "old" ? "restore" : "undo",
    })),
    failure: failure ? { failures: failure.failures, error: failure.error ?? "" } : null,
    schedule: `${settings.schedule.cron}, ${settings.schedule.timezone}`,
    retentionDays: settings.retentionDays,
  };
}

function backupFacts({ id, startedAt, bytes, sha256, verifiedAt, drilledAt, drill }: Manifest): BackupFacts {
  const drillFaults = drill?.differences.length ?? 0;
  return { id, createdAt: startedAt, bytes, sha256, verifiedAt, drilledAt, drillFaults };
}
