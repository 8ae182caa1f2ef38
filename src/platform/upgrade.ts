import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { dumpDatabase } from "../backup/backup";
import { restoreLimitMs } from "../backup/drill";
import { type BackupGround, type Clients, chooseDumper, findClients } from "../backup/ground";
import { createLocalStore } from "../backup/local-store";
import { discardKept, restoreDatabase } from "../backup/restore";
import { LeashError } from "../errors";
import { createDirectory } from "../files";
import { readTenants, type Tenant } from "../limits/tenants";
import { describeAppDatabase } from "../tenancy/describe";
import { ledgerSchema, recallVerifiers } from "../tenancy/ledger";
import { alone } from "../tenancy/one-off";
import { maintenanceDatabase, type TenancyServer, withSession } from "../tenancy/session";
import { listApps } from "./app-store";
import { type Binaries, ensureBinaries, findFormerBinaries } from "./binaries";
import { clusterMajor, createCluster } from "./cluster";
import type { Home } from "./home";
import { withLock } from "./lock";
import { stopPlatform } from "./platform";
import { type AdministratorServer, type Progress, startCluster, stopCluster } from "./server";
import {
  ensureServerRecord,
  readServerRecord,
  type ServerPaths,
  type ServerRecord,
  serverPaths,
} from "./server-record";
import { ensureServerUser, type ServerUser } from "./server-user";
import { commitUpgrade, settleUpgrade, upgradeFolder } from "./upgrade-state";

export interface Upgraded {
  from: number;
  /** The version that the data is of now: "18.4". */
  to: string;
  apps: number;
  /** Where the old data is. */
  kept: string;
}

/**
 * Takes the home's data to the major version of the PostgreSQL that leash would run now: every app's database is dumped from
 * the old server, restored into a new one and compared, then the data folders are swapped. The old one is kept.
 * Until the swap nothing of it is changed, and who kills this loses nothing.
 * @returns undefined where there is nothing to do
 * @throws LeashError `upgrade/…`, `backup/…`, `restore/…`, `server/…`
 */
export async function upgradeServer(home: Home, progress: Progress): Promise<Upgraded | undefined> {
  const known = readServerRecord(home);
  if (!known) return undefined;
  const paths = serverPaths(known);
  // One that was killed at the swap is completed before anything is asked.
  await withLock(home, "server", () => settleUpgrade(paths));
  const from = clusterMajor(paths);
  const next = await withLock(home, "server", async () => ensureBinaries(paths.installs, undefined));
  if (from === undefined || from === next.major) return undefined;
  if (from > next.major) {
    throw new LeashError("upgrade/older", `The data is of PostgreSQL ${from}, and this is ${next.version}.`, {
      hint: `There is no way back to an older version; point LEASH_POSTGRES_BIN at a PostgreSQL ${from} or newer.`,
    });
  }
  const former = findFormerBinaries(paths.installs, from);
  if (former?.major !== from) throw noFormer(from);
  const clients = findClients();

  progress("Stopping the server");
  await stopPlatform(home);
  return withLock(home, "server", async () => {
    const user = ensureServerUser();
    const record = ensureServerRecord(home, user);
    const sockets = fs.mkdtempSync(path.join(os.tmpdir(), "leash-up-"));
    try {
      return await upgradeLocked(home, record, { former, next, clients, user, sockets }, progress);
    } finally {
      fs.rmSync(sockets, { recursive: true, force: true });
    }
  });
}

function noFormer(major: number): LeashError {
  return new LeashError(
    "upgrade/no-old-server",
    `The data is of PostgreSQL ${major}, and there is none here to read it.`,
    {
      hint: `Install it (Debian: postgresql-${major}), or name its bin folder in LEASH_POSTGRES_OLD_BIN.`,
    },
  );
}

interface Tools {
  former: Binaries;
  next: Binaries;
  clients: Clients;
  user: ServerUser | undefined;
  /** A folder of this run's own: the apps must not come in meanwhile. */
  sockets: string;
}

async function upgradeLocked(home: Home, record: ServerRecord, tools: Tools, progress: Progress): Promise<Upgraded> {
  const { former, next, user } = tools;
  const paths = serverPaths(record);
  const old = { ...record, socketDirectory: socketFolder(tools, "old") };
  const fresh = prepare(record, paths, tools);
  try {
    progress(`Starting PostgreSQL ${former.version}`);
    const from = await startCluster(former, old, user);
    const tenants = await withSession(from, maintenanceDatabase, readTenants);
    const sizes = await measure(from, [...tenants.keys()]);
    assertRoom(paths, sizes);
    for (const bytes of sizes.values()) chooseDumper(tools.clients, former.major, bytes);

    progress(`Making a data folder of PostgreSQL ${next.version}`);
    await createCluster(next, serverPaths(fresh), fresh, user);
    const to = await startCluster(next, fresh, user);
    const passwords = new Map(listApps(home).map(({ id, database }) => [id, database?.password]));
    const verifiers = await readVerifiers(from, [...tenants.keys()]);
    let done = 0;
    for (const tenant of tenants.values()) {
      progress(`Taking ${++done} of ${tenants.size} databases along`);
      const password = passwords.get(tenant.id);
      const verifier = verifiers.get(tenant.id);
      const credential = password !== undefined ? { password } : verifier !== undefined ? { verifier } : undefined;
      if (!credential) throw noPassword(tenant.id);
      const step = { tenant, credential, bytes: sizes.get(tenant.id) ?? 0, workspace: upgradeFolder(paths) };
      await moveDatabase(step, { server: from, record: old }, { server: to, record: fresh }, tools);
    }
    await moveEvents(from, to);
    progress("Swapping the data folders");
    await stopCluster(fresh);
    await stopCluster(old);
    const kept = `data-${former.major}-${new Date().toISOString().replace(/\D/g, "").slice(0, 14)}`;
    commitUpgrade(paths, kept);
    await settleUpgrade(paths);
    return { from: former.major, to: next.version, apps: tenants.size, kept: path.join(paths.root, kept) };
  } catch (error) {
    await stopCluster(fresh).catch(() => {});
    await stopCluster(old).catch(() => {});
    await settleUpgrade(paths);
    throw error;
  }
}

function noPassword(id: string): LeashError {
  return new LeashError(
    "upgrade/no-password",
    `Nobody knows what ${id} logs in with: it could not go on using its URL.`,
    {
      hint: "Nothing was changed. Drop that database if it is not needed any more.",
    },
  );
}

function socketFolder({ sockets, user }: Tools, name: string): string {
  const folder = path.join(sockets, name);
  fs.chmodSync(sockets, user ? 0o711 : 0o700);
  createDirectory(folder, { mode: user ? 0o711 : 0o700, owner: user });
  return folder;
}

/** The new server's folders, beside the old one's. */
function prepare(record: ServerRecord, paths: ServerPaths, tools: Tools): ServerRecord {
  const fresh: ServerRecord = {
    ...record,
    instance: randomBytes(6).toString("hex"),
    directory: upgradeFolder(paths),
    socketDirectory: socketFolder(tools, "new"),
  };
  createDirectory(fresh.directory, { mode: tools.user ? 0o711 : 0o700 });
  createDirectory(serverPaths(fresh).log, { owner: tools.user });
  return fresh;
}

async function measure(server: TenancyServer, apps: readonly string[]): Promise<Map<string, number>> {
  return withSession(server, maintenanceDatabase, async (session) => {
    const { rows } = await session.query<{ app: string; bytes: string }>(
      `SELECT datname AS app, pg_catalog.pg_database_size(oid) AS bytes FROM pg_catalog.pg_database WHERE datname = ANY($1)`,
      [apps],
    );
    return new Map(rows.map(({ app, bytes }) => [app, Number(bytes)]));
  });
}

const spareBytes = 200 * 1024 ** 2;

/** The new data, and the largest dump beside it. */
function assertRoom({ root }: ServerPaths, sizes: ReadonlyMap<string, number>): void {
  const bytes = [...sizes.values()];
  const needed = bytes.reduce((sum, size) => sum + size, 0) + Math.max(0, ...bytes) + spareBytes;
  const { bavail, bsize } = fs.statfsSync(root);
  if (bavail * bsize >= needed) return;
  const megabytes = (size: number) => `${Math.ceil(size / 1024 ** 2)} MB`;
  throw new LeashError(
    "upgrade/no-room",
    `The upgrade takes ${megabytes(needed)}, and ${megabytes(bavail * bsize)} are free.`,
    { details: [root], hint: "Free some space and run `leash upgrade` again; nothing was changed." },
  );
}

async function readVerifiers(server: TenancyServer, apps: readonly string[]): Promise<Map<string, string>> {
  return withSession(server, maintenanceDatabase, async (session) => {
    return (await recallVerifiers(session, ["credential"], apps)) ?? new Map<string, string>();
  });
}

interface Side {
  server: AdministratorServer;
  record: ServerRecord;
}

interface Step {
  tenant: Tenant;
  credential: { password: string } | { verifier: string };
  bytes: number;
  workspace: string;
}

async function moveDatabase(
  { tenant: { id, plan }, credential, bytes, workspace }: Step,
  from: Side,
  to: Side,
  { former, clients }: Tools,
): Promise<void> {
  const file = path.join(workspace, `${id}.dump`);
  const ground = ({ server, record }: Side): BackupGround => ({
    ...{ server, clients, socketDirectory: record.socketDirectory, store: createLocalStore(workspace) },
  });
  const dumper = chooseDumper(clients, former.major, bytes);
  const startedAt = new Date().toISOString();
  let limit: AbortSignal | undefined;
  try {
    const evidence = await alone(from.server, id, "dump", () => dumpDatabase(ground(from), id, dumper, file));
    limit = AbortSignal.timeout(restoreLimitMs({ startedAt, finishedAt: new Date().toISOString() }));
    const source = { file, dump: dumper.dump, evidence, databaseBytes: bytes, foreignGrants: false };
    const description = describeAppDatabase({ id, plan });
    const options = { sourceId: `upgrade:${former.major}`, signal: limit };
    await restoreDatabase(ground(to), { description, credential }, source, options);
    // An empty one.
    await discardKept(to.server, id);
  } catch (cause) {
    throw notTaken(id, limit?.aborted === true, cause);
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** Which app it is, whatever is wrong with it. */
function notTaken(id: string, isTooLong: boolean, cause: unknown): unknown {
  if (isTooLong) {
    return new LeashError("upgrade/too-long", `Restoring ${id} takes longer than it may, and was ended.`, {
      hint: "A function that an index or a check of this app's calls may not end. Everything is as it was.",
      cause,
    });
  }
  if (!(cause instanceof LeashError)) return cause;
  const { code, message, details, exitCode } = cause;
  return new LeashError(code, `${message} It is the database ${id}; everything is as it was.`, {
    ...{ details: [...details], exitCode, cause },
    hint: "Mend what it says in the app (the old version runs on), or remove it (`leash db destroy`), and upgrade again.",
  });
}

/** What the guard did, for `leash db usage`. */
async function moveEvents(from: TenancyServer, to: TenancyServer): Promise<void> {
  const events = await withSession(from, maintenanceDatabase, async (session) => {
    const { rows } = await session.query<{ all: unknown }>(
      `SELECT coalesce(pg_catalog.jsonb_agg(e ORDER BY e.id), '[]') AS all FROM ${ledgerSchema}.event e`,
    );
    return JSON.stringify(rows[0]!.all);
  });
  await withSession(to, maintenanceDatabase, (session) =>
    session.query(
      `INSERT INTO ${ledgerSchema}.event (at, app, kind, detail)
       SELECT (e ->> 'at')::timestamptz, e ->> 'app', e ->> 'kind', e -> 'detail' FROM pg_catalog.jsonb_array_elements($1::jsonb) e`,
      [events],
    ),
  );
}
