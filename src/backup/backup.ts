import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import type { Session } from "../connection/open";
import { errorCode, errorMessage, LeashError } from "../errors";
import { describeFileError } from "../files";
import { plans } from "../plans";
import type { CatalogSession } from "../tenancy/catalog";
import { recallVerifiers } from "../tenancy/ledger";
import { alone, type OneOff, withLogin } from "../tenancy/one-off";
import { maintenanceDatabase, type TenancyServer, withSession } from "../tenancy/session";
import { literal } from "../tenancy/sql";
import { openWhatIsClosed } from "./closed";
import { type Dumper, type DumpOptions, interruptedDump, tableKey } from "./dumps";
import { gatherEvidence } from "./evidence";
import { type BackedUpApp, type BackupGround, chooseDumper, chooseReader, loginOf, openAs } from "./ground";
import { createBackupId, dumpFileName, type Evidence, type Manifest } from "./manifest";

export interface BackupOptions {
  /** Asked once the app's backups are this process's alone: another one may just have made it. */
  wanted?: () => Promise<boolean>;
  lockWaitTimeoutMs?: number;
  signal?: AbortSignal | undefined;
  now?: () => Date;
}

// Longer than any transaction of the app's may last: who waits in line for a table gets it.
const defaultLockWaitMs = plans.free.transactionTimeoutMs + 60_000;

/**
 * Backs an app's database up: dumps it by a one-off login, checks the dump against what the same snapshot held, and only
 * then stores it.
 * @returns the backup, or undefined when it was not wanted any more
 * @throws LeashError `backup/…`, `state/disk-full`, `tenancy/one-at-a-time`, `connection/…`
 */
export async function makeBackup(
  ground: BackupGround,
  app: BackedUpApp,
  options: BackupOptions = {},
): Promise<Manifest | undefined> {
  const now = options.now ?? (() => new Date());
  return alone(ground.server, app.id, "dump", async () => {
    if (options.wanted && !(await options.wanted())) return undefined;
    await ground.store.tidy(app.id);
    const startedAt = now();
    const id = createBackupId(startedAt);
    const workspace = await ground.store.workspace(app.id);
    const measured = await measureDatabase(ground.server, app.id);
    const dumper = chooseDumper(ground.clients, measured.major, measured.databaseBytes);
    const file = path.join(workspace, `${dumpFileName({ id, dump: dumper.dump })}.partial`);
    try {
      const evidence = await dumpDatabase(ground, app.id, dumper, file, options);
      const checked = await checkDump(ground, dumper, file, evidence);
      const finishedAt = now().toISOString();
      const { serverVersion, databaseBytes, verifier } = measured;
      const manifest: Manifest = {
        ...{ format: 1, id, app: app.id, name: app.name, plan: app.plan, serverVersion },
        ...{ client: { kind: dumper.kind, version: dumper.version }, dump: dumper.dump, ...checked, databaseBytes },
        ...{ startedAt: startedAt.toISOString(), finishedAt, verifiedAt: finishedAt, drilledAt: null, drill: null },
        ...{ verifier, evidence },
      };
      await ground.store.add(manifest, file);
      return manifest;
    } catch (error) {
      throw describeFileError(error, file);
    } finally {
      fs.rmSync(file, { force: true });
    }
  });
}

interface Measured extends Pick<Manifest, "serverVersion" | "databaseBytes" | "verifier"> {
  major: number;
}

/** @throws LeashError `backup/no-database` */
export async function measureDatabase(server: TenancyServer, app: string): Promise<Measured> {
  return withSession(server, maintenanceDatabase, async (session) => {
    const { rows } = await session.query<{ major: number; version: string; bytes: string; ledger: string[] }>(
      `SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major,
              pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) AS version,
              pg_catalog.pg_database_size(d.oid) AS bytes,
              ARRAY (SELECT c.relname::text FROM pg_catalog.pg_class c
                      WHERE c.relnamespace = pg_catalog.to_regnamespace('leash')) AS ledger
         FROM pg_catalog.pg_database d WHERE d.datname = $1`,
      [app],
    );
    const row = rows[0];
    if (!row) {
      throw new LeashError("backup/no-database", `The server has no database ${app}.`, {
        hint: "Let it be made anew by a deploy, and restore its rows: `leash backups list`.",
      });
    }
    const verifiers = await recallVerifiers(session, row.ledger, [app]);
    const verifier = verifiers?.get(app) ?? null;
    return { major: row.major, serverVersion: row.version, databaseBytes: Number(row.bytes), verifier };
  });
}

/** Dumps into `file`, and tells what the same snapshot held. */
export async function dumpDatabase(
  ground: Pick<BackupGround, "server" | "socketDirectory">,
  app: string,
  dumper: Dumper,
  file: string,
  { lockWaitTimeoutMs = defaultLockWaitMs, signal, tables }: Partial<DumpOptions> = {},
  database = app,
): Promise<Evidence> {
  // Whoever writes it leaves its mode as it is.
  fs.writeFileSync(file, "", { mode: 0o600 });
  const dump = async (oneOff: OneOff, session: Session, snapshot: string) => {
    const failed = new AbortController();
    try {
      await session.query(`SET lock_timeout = ${lockWaitTimeoutMs}`);
      // After the snapshot, so that the dump doesn't show it.
      await openWhatIsClosed(session, oneOff);
      await session.query(
        `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT ${literal(snapshot)}`,
      );
      const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
      const [evidence] = await Promise.all([
        gatherEvidence(session),
        dumper.write(loginOf(ground, oneOff), file, {
          ...{ lockWaitTimeoutMs, snapshot, signal: stop },
          ...(tables ? { tables } : {}),
        }),
      ]);
      return evidence;
    } catch (error) {
      throw describeSessionError(error);
    } finally {
      failed.abort(new LeashError("backup/dump-failed", "The dump was ended: the database could not be read."));
    }
  };
  return withLogin(ground.server, app, "dump", database, async (oneOff) => {
    // Side by side with the administrator's, which takes as long.
    const opening = openAs(ground, oneOff);
    opening.catch(() => {});
    try {
      return await withSession(ground.server, database, async (administrator) => {
        // No login of an app's may export one, and neither may this.
        const snapshot = await exportSnapshot(administrator);
        return dump(oneOff, await opening, snapshot);
      });
    } finally {
      await opening.then(
        (session) => session.end(),
        () => {},
      );
    }
  });
}

/** It lives as long as the session's transaction. */
async function exportSnapshot(session: CatalogSession): Promise<string> {
  await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const { rows } = await session.query<{ snapshot: string }>("SELECT pg_catalog.pg_export_snapshot() AS snapshot");
  return rows[0]!.snapshot;
}

function describeSessionError(cause: unknown): unknown {
  if (cause instanceof LeashError) return cause;
  const code = errorCode(cause) ?? "";
  // lock_not_available
  if (code === "55P03") {
    return new LeashError("backup/locked", "A session of the app holds a table, so that it could not be dumped.", {
      hint: "End the transaction that holds it (a LOCK TABLE, or a change of the schema) and try again.",
      cause,
    });
  }
  // Ended by an administrator, or cut off.
  if (!/^(?:57P|08)/.test(code) && !/^Connection terminated|is not queryable$/.test(errorMessage(cause))) return cause;
  return interruptedDump([errorMessage(cause)], cause);
}

/** @throws LeashError `backup/corrupt` for a dump that lacks something */
async function checkDump(
  { clients }: Pick<BackupGround, "clients">,
  dumper: Dumper,
  file: string,
  evidence: Evidence,
): Promise<Pick<Manifest, "bytes" | "sha256">> {
  const [listed, summed] = await Promise.all([chooseReader(clients, dumper.dump).list(file), sumFile(file)]);
  const contents = new Set(listed);
  const missing = evidence.tables.map(tableKey).filter((table) => !contents.has(table));
  if (missing.length > 0) {
    throw new LeashError("backup/corrupt", "The dump lacks tables that the database has.", {
      details: missing.slice(0, 10),
    });
  }
  return summed;
}

/** Size and SHA-256 of a file as it is on disk. */
export async function sumFile(file: string): Promise<Pick<Manifest, "bytes" | "sha256">> {
  const hash = createHash("sha256");
  await pipeline(fs.createReadStream(file, { highWaterMark: 1024 ** 2 }), hash);
  return { bytes: fs.statSync(file).size, sha256: hash.digest("hex") };
}
