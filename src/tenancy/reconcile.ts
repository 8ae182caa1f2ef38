import { errorCode, LeashError } from "../errors";
import { auditDatabase, auditDatabaseContents, auditRoles, auditServerBaseline, type Difference } from "./audit";
import { type CatalogSession, readDatabaseCatalog, readServerCatalog } from "./catalog";
import { type AppDatabaseDescription, ownerRole, planGroup, type ServerBaselineDescription } from "./describe";
import { identifier } from "./sql";

export interface TenancySession extends CatalogSession {
  end(): Promise<void>;
}

/** A server as its administrator reaches it. Sessions start with `search_path = ''`. */
export interface TenancyServer {
  openSession(database: string): Promise<TenancySession>;
}

export interface ReconcileOptions {
  /** The app's password; its verifier alone goes to the server. */
  password?: string;
}

// A database that no tenant can connect to, so that no tenant can take the locks.
const maintenanceDatabase = "postgres";

/** Makes the server's baseline as described; returns what was mended. */
export async function reconcileServerBaseline(
  server: TenancyServer,
  description: ServerBaselineDescription,
): Promise<Difference[]> {
  return inMaintenance(server, "baseline", async (session) => {
    const differences = await readBaseline(session, description);
    await execute(session, differences);
    return differences;
  });
}

/** What differs from the server's baseline. */
export async function auditBaseline(
  server: TenancyServer,
  description: ServerBaselineDescription,
): Promise<Difference[]> {
  return withSession(server, maintenanceDatabase, (session) => readBaseline(session, description));
}

/**
 * Makes an app's roles, database, grants and limits as described, whatever of it is there already, and returns what it
 * mended. Safe beside other reconciles of the same and of other apps, and after an interrupted one.
 * @throws LeashError `tenancy/no-baseline`, `tenancy/not-held`, `tenancy/busy`
 */
export async function reconcileAppDatabase(
  server: TenancyServer,
  description: AppDatabaseDescription,
  options: ReconcileOptions = {},
): Promise<Difference[]> {
  return inMaintenance(server, description.id, async (session) => {
    const outside = await mendOutside(session, description, options);
    const inside = await withSession(server, description.database.name, async (database) => {
      const differences = await readContents(database, description);
      await execute(database, differences);
      return differences;
    });
    return [...outside, ...inside];
  });
}

// One pass makes a new app; a mended one may need another, as a change of owner moves grants.
const mostPasses = 3;

async function mendOutside(
  session: CatalogSession,
  description: AppDatabaseDescription,
  options: ReconcileOptions,
): Promise<Difference[]> {
  const mended: Difference[] = [];
  for (let pass = 0; ; pass++) {
    const { roles, database } = await readOutside(session, description, options);
    const differences = [...roles, ...database.create, ...database.mend];
    if (differences.length === 0) return mended;
    if (pass === mostPasses) throw notHeld(differences);
    await execute(session, roles);
    // CREATE DATABASE runs in no transaction, so it stands alone.
    for (const { statements } of database.create) for (const statement of statements) await session.query(statement);
    await execute(session, database.mend);
    mended.push(...differences);
  }
}

async function readOutside(
  session: CatalogSession,
  description: AppDatabaseDescription,
  { password }: ReconcileOptions,
) {
  const catalog = await readApp(session, description);
  const roles = auditRoles(description, catalog, password);
  return { catalog, roles, database: auditDatabase(description, catalog) };
}

/** What differs from the description; changes nothing. */
export async function auditAppDatabase(
  server: TenancyServer,
  description: AppDatabaseDescription,
  options: ReconcileOptions = {},
): Promise<Difference[]> {
  const { differences, reachable } = await withSession(server, maintenanceDatabase, async (session) => {
    const { catalog, roles, database } = await readOutside(session, description, options);
    const found = catalog.databases.find((d) => d.name === description.database.name);
    return {
      differences: [...roles, ...database.create, ...database.mend],
      reachable: found?.allowConnections === true,
    };
  });
  if (!reachable) return differences;
  const contents = await withSession(server, description.database.name, (session) =>
    readContents(session, description),
  );
  return [...differences, ...contents];
}

/** Ends an app's sessions and drops its database and roles, whatever of them is still there. */
export async function dropAppDatabase(server: TenancyServer, id: string): Promise<void> {
  await inMaintenance(server, id, async (session) => {
    const catalog = await readServerCatalog(session, { roles: [id, ownerRole(id)], databases: [id] });
    const names = [id, ownerRole(id)].filter((name) => catalog.roles.some((role) => role.name === name));
    // NOLOGIN first: an app that reconnects in a loop would otherwise come back between two statements.
    for (const name of names) await session.query(`ALTER ROLE ${identifier(name)} NOLOGIN`);
    if (names.length > 0) {
      await session.query(
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = ANY($1)",
        [names],
      );
    }
    await session.query(`DROP DATABASE IF EXISTS ${identifier(id)} WITH (FORCE)`);
    for (const name of names) await session.query(`DROP ROLE IF EXISTS ${identifier(name)}`);
  });
}

async function readBaseline(session: CatalogSession, description: ServerBaselineDescription): Promise<Difference[]> {
  const names = { roles: description.groups, databases: description.closedDatabases };
  return auditServerBaseline(description, await readServerCatalog(session, names));
}

async function readApp(session: CatalogSession, description: AppDatabaseDescription) {
  const group = planGroup(description.plan);
  const catalog = await readServerCatalog(session, {
    roles: [...description.roles.map((role) => role.name), group],
    databases: [description.database.name],
  });
  if (catalog.roles.some((role) => role.name === group)) return catalog;
  throw new LeashError("tenancy/no-baseline", `The server has no role ${group}: it was not prepared for apps.`, {
    hint: "Prepare it once: `leash start` does it for the embedded server, LeashServerBaseline for any other.",
  });
}

async function readContents(session: CatalogSession, { database }: AppDatabaseDescription): Promise<Difference[]> {
  const names = { schemas: database.schemas.map((schema) => schema.name), functions: database.closedFunctions };
  return auditDatabaseContents(database, await readDatabaseCatalog(session, names));
}

/** Runs all statements in one transaction: PostgreSQL takes a message of several statements as one. */
async function execute(session: CatalogSession, differences: readonly Difference[]): Promise<void> {
  const statements = differences.flatMap((difference) => difference.statements);
  if (statements.length > 0) await session.query(statements.join(";\n"));
}

function notHeld(differences: readonly Difference[]): LeashError {
  return new LeashError("tenancy/not-held", "The server did not take all of the app's rules.", {
    details: differences.map(({ subject, says }) => `${subject} ${says}`),
    hint: "The administrator's role may lack privileges: it must be a superuser or own these roles.",
  });
}

/** One at a time per subject on this server, however many processes try. */
async function inMaintenance<Result>(
  server: TenancyServer,
  subject: string,
  work: (session: CatalogSession) => Promise<Result>,
): Promise<Result> {
  return withSession(server, maintenanceDatabase, async (session) => {
    await lock(session, subject);
    return work(session);
  });
}

async function lock(session: CatalogSession, subject: string): Promise<void> {
  try {
    await session.query("SET lock_timeout = '60s'");
    await session.query("SELECT pg_catalog.pg_advisory_lock(pg_catalog.hashtextextended($1, 0))", [`leash:${subject}`]);
  } catch (cause) {
    if (errorCode(cause) !== "55P03") throw cause; // lock_not_available
    throw new LeashError("tenancy/busy", `Something else has been working on ${subject} for a minute.`, {
      hint: "Wait until it ends, then try again.",
      cause,
    });
  }
}

async function withSession<Result>(
  server: TenancyServer,
  database: string,
  work: (session: CatalogSession) => Promise<Result>,
): Promise<Result> {
  const session = await server.openSession(database);
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}
