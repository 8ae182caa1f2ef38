import { LeashError } from "../errors";
import type { AppDatabaseDescription } from "../tenancy/describe";
import { withLogin } from "../tenancy/one-off";
import { createScratch, dropScratch } from "../tenancy/scratch";
import type { ScratchPurpose } from "../tenancy/scratch-name";
import { maintenanceDatabase, type TenancyServer, withSession } from "../tenancy/session";
import { openWhatIsClosed } from "./closed";
import type { RestoreFault } from "./dumps";
import { type Comparison, compareEvidence, gatherEvidence } from "./evidence";
import { type BackupGround, chooseReader, loginOf, openAs } from "./ground";
import type { Evidence, Manifest } from "./manifest";

/** A dump that is to be restored. */
export interface RestoreSource {
  file: string;
  dump: Manifest["dump"];
  /** What the dump should hold; null for a stranger's. */
  evidence: Evidence | null;
  /** What the database took; null where nobody knows. */
  databaseBytes: number | null;
  /** Whether its grants name other roles than those of the app that it is restored for. */
  foreignGrants: boolean;
}

export interface FillOptions {
  onProgress?: (part: number) => void;
  signal?: AbortSignal | undefined;
  /** Takes what could be restored, where some of it could not. */
  acceptFaults?: boolean;
}

export interface Filled {
  database: string;
  comparison: Comparison | null;
  /** What was left out and may be: grants to roles that are gone. */
  faults: RestoreFault[];
}

/**
 * Restores a dump into a new database of the app's, by a one-off login, and compares what is there with what was dumped.
 * The caller has the app's claim on restores. Nothing is left behind when it fails.
 * @throws LeashError `restore/…`, `backup/corrupt`
 */
export async function fillScratch(
  ground: BackupGround,
  description: AppDatabaseDescription,
  purpose: ScratchPurpose,
  source: RestoreSource,
  options: FillOptions = {},
): Promise<Filled> {
  const { server } = ground;
  const app = description.id;
  // What a killed one has left.
  await dropScratch(server, app, purpose);
  const database = await createScratch(server, description, purpose);
  try {
    const faults = (await restoreInto(ground, app, database, source, options)).filter(
      (fault) => !isOurs(fault) && !isThereAnyway(fault),
    );
    const serious = faults.filter((fault) => !isHarmless(fault));
    if (serious.length > 0 && !options.acceptFaults) throw incomplete(serious);
    const comparison = source.evidence && compareEvidence(source.evidence, await readEvidence(ground, app, database));
    return { database, comparison, faults };
  } catch (error) {
    await dropScratch(server, app, purpose, database).catch(() => {});
    throw error;
  }
}

async function restoreInto(
  ground: BackupGround,
  app: string,
  database: string,
  source: RestoreSource,
  { onProgress, signal }: FillOptions,
): Promise<RestoreFault[]> {
  return withLogin(ground.server, app, "restore", database, async (oneOff) => {
    const growth = watchGrowth(ground.server, database, source.databaseBytes);
    try {
      const faults = await chooseReader(ground.clients, source.dump).restore(loginOf(ground, oneOff), source.file, {
        withoutGrants: source.foreignGrants,
        ...(onProgress ? { onProgress } : {}),
        signal: signal ? AbortSignal.any([signal, growth.signal]) : growth.signal,
      });
      const session = await openAs(ground, oneOff);
      try {
        // For the planner; functions of the app's that its indexes call may fail.
        await session.query("SET statement_timeout = '10min'; ANALYZE").catch(() => {});
      } finally {
        await session.end();
      }
      return faults;
    } finally {
      growth.end();
    }
  });
}

const watchMs = 1_000;
const slackBytes = 256 * 1024 ** 2;

/** Code of the app's runs while its dump is restored: it shall not fill the disk. */
function watchGrowth(server: TenancyServer, database: string, expectedBytes: number | null) {
  const abort = new AbortController();
  let looking = false;
  const timer = setInterval(async () => {
    if (expectedBytes === null || looking) return;
    looking = true;
    const bytes = await sizeOf(server, database).catch(() => 0);
    looking = false;
    if (bytes <= expectedBytes * 2 + slackBytes) return;
    abort.abort(
      new LeashError(
        "restore/grows",
        "The restored database grew to more than twice what it should take, and was given up.",
        {
          details: [
            `It had ${Math.ceil(bytes / 1024 ** 2)} MB, and was to have ${Math.ceil(expectedBytes / 1024 ** 2)} MB.`,
          ],
          hint: "Functions that its indexes or checks call may write: restore single tables with --table. A larger plan lets more be imported.",
        },
      ),
    );
  }, watchMs);
  return { signal: abort.signal, end: () => clearInterval(timer) };
}

async function sizeOf(server: TenancyServer, database: string): Promise<number> {
  return withSession(server, maintenanceDatabase, async (session) => {
    const { rows } = await session.query<{ bytes: string }>("SELECT pg_catalog.pg_database_size($1) AS bytes", [
      database,
    ]);
    return Number(rows[0]!.bytes);
  });
}

/** What a database of an app's holds; in the app's claim "restore". */
export async function readEvidence(ground: BackupGround, app: string, database: string): Promise<Evidence> {
  return withLogin(ground.server, app, "compare", database, async (oneOff) => {
    const session = await openAs(ground, oneOff);
    try {
      await openWhatIsClosed(session, oneOff);
      await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      return await gatherEvidence(session);
    } finally {
      await session.end();
    }
  });
}

/**
 * What the description closes in every database stands in the dump as a grant, and is closed in the new one too; and what
 * a newer pg_restore sets at its start, an older server may not know.
 */
function isOurs({ type, message }: RestoreFault): boolean {
  if (type === "" && /unrecognized configuration parameter/.test(message)) return true;
  return (
    ["ACL", "GRANT", "REVOKE"].includes(type) &&
    /permission denied for function pg_|function pg_catalog\./.test(message)
  );
}

const nothingThere = new Set(["42P01", "42703", "42704", "42883", "3F000"]);

/** A dump made with --clean first drops what an empty database does not have; one with -n makes `public`, which it has. */
function isThereAnyway({ type, code, message }: RestoreFault): boolean {
  if (type === "SCHEMA") return /schema "public" already exists/.test(message);
  return type === "DROP" && (nothingThere.has(code ?? "") || /must be owner of extension/.test(message));
}

/** Grants to roles that are gone. */
function isHarmless({ type, code, message }: RestoreFault): boolean {
  if (["ACL", "DEFAULT ACL", "GRANT", "REVOKE"].includes(type)) {
    return code === "42704" || /role .* does not exist/.test(message);
  }
  return type === "COMMENT" && /must be owner of extension/.test(message);
}

function incomplete(faults: readonly RestoreFault[]): LeashError {
  return new LeashError("restore/incomplete", `${faults.length} of the dump's objects could not be restored.`, {
    details: faults.slice(0, 10).map(({ type, message }) => `${type}: ${message}`),
    hint: "The app's database was left as it is. To take what could be restored, pass --accept-faults.",
  });
}
