import fs from "node:fs";
import path from "node:path";
import { type BackedUpApp, type BackupGround, findClients } from "../../src/backup/ground";
import { createLocalStore } from "../../src/backup/local-store";
import type { PlanName } from "../../src/plans";
import { createGuardGround, type GuardGround, type TestTenant } from "./guard";
import { clientBin } from "./postgres-client";

/** A real server with a folder for backups, and the native client. */
export interface TestBackups extends GuardGround {
  ground: BackupGround;
  folder: string;
  app(tenant: TestTenant, plan?: PlanName): BackedUpApp;
  /** The names of the files that are kept of an app. */
  files(app: string): string[];
}

export async function createTestBackups(bin?: string): Promise<TestBackups> {
  const guard = await createGuardGround(bin);
  const folder = path.join(guard.server.sandbox.directory, "backups");
  const ground: BackupGround = {
    server: guard.server.admin,
    socketDirectory: guard.server.record.socketDirectory,
    store: createLocalStore(folder),
    clients: findClients({ LEASH_POSTGRES_CLIENT_BIN: bin ?? clientBin }),
  };
  return {
    ...guard,
    ...{ ground, folder },
    app: ({ id }, plan = "free") => ({ id, plan, name: "notes" }),
    files: (app) => (fs.existsSync(path.join(folder, app)) ? fs.readdirSync(path.join(folder, app)).sort() : []),
  };
}
