import { LeashError } from "../errors";
import { auditRoles, auditServerBaseline, type Credential, type Difference } from "./audit";
import { auditDatabase, auditDatabaseContents } from "./audit-database";
import { type CatalogSession, readDatabaseCatalog, readServerCatalog } from "./catalog";
import { type AppDatabaseDescription, planGroup, type ServerBaselineDescription } from "./describe";
import { outlastLockFlood } from "./lock-flood";
import { inMaintenance, isBlocked, maintenanceDatabase, type TenancyServer, withSession } from "./session";

export interface ReconcileOptions {
  /** What the app logs in with; the verifier alone goes to the server. Without it the password is left alone. */
  credential?: Credential;
  /** `false` where something else declares the roles and the database: a missing one is an error then. */
  create?: false;
}

/** Makes the server's baseline as described; returns what was mended. */
export async function reconcileServerBaseline(
  server: TenancyServer,
  description: ServerBaselineDescription,
): Promise<Difference[]> {
  return (await holdServerBaseline(server, description)).mended;
}

/** As `reconcileServerBaseline`, and tells what is out of the administrator's reach. */
export async function holdServerBaseline(server: TenancyServer, description: ServerBaselineDescription): Promise<Held> {
  return inMaintenance(server, "baseline", (session) => mend(session, () => readBaseline(session, description)));
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
 * @throws LeashError `tenancy/no-baseline`, `tenancy/missing`, `tenancy/not-held`, `tenancy/blocked`, `tenancy/busy`,
 * `tenancy/out-of-locks`
 */
export async function reconcileAppDatabase(
  server: TenancyServer,
  description: AppDatabaseDescription,
  options: ReconcileOptions = {},
): Promise<Difference[]> {
  return (await holdAppDatabase(server, description, options)).mended;
}

export interface Held {
  mended: Difference[];
  /** What it takes a superuser to mend, where the administrator is none. */
  outOfReach: Difference[];
}

/** As `reconcileAppDatabase`, and tells what is out of the administrator's reach. */
export async function holdAppDatabase(
  server: TenancyServer,
  description: AppDatabaseDescription,
  options: ReconcileOptions = {},
): Promise<Held> {
  return outlastLockFlood(() =>
    inMaintenance(server, description.id, async (session) => {
      const outside = await mendOutside(session, description, options);
      const inside = await withSession(server, description.database.name, (database) =>
        mend(database, () => readContents(database, description)),
      );
      return {
        mended: [...outside.mended, ...inside.mended],
        outOfReach: [...outside.outOfReach, ...inside.outOfReach],
      };
    }),
  );
}

/** As `holdAppDatabase` for what is outside the app's database, where an app can change something at any time. */
export async function holdOutside(
  server: TenancyServer,
  description: AppDatabaseDescription,
  credential?: Credential,
): Promise<Difference[]> {
  const options = { create: false as const, ...(credential ? { credential } : {}) };
  return inMaintenance(
    server,
    description.id,
    async (session) => (await mendOutside(session, description, options)).mended,
  );
}

/** For what one transaction mends. */
async function mend(session: CatalogSession, read: () => Promise<Difference[]>): Promise<Held> {
  const found = await read();
  const mended = found.filter(isWithinReach);
  const outOfReach = found.filter((difference) => !isWithinReach(difference));
  if (mended.length === 0) return { mended, outOfReach };
  await execute(session, mended);
  const left = (await read()).filter(isWithinReach);
  if (left.length > 0) throw notHeld(left);
  return { mended, outOfReach };
}

// One pass makes a new app; a mended one may need another, as a change of owner moves grants.
const mostPasses = 3;

async function mendOutside(
  session: CatalogSession,
  description: AppDatabaseDescription,
  options: ReconcileOptions,
): Promise<Held> {
  const mended: Difference[] = [];
  for (let pass = 0; ; pass++) {
    const credential = options.credential && { ...options.credential, blindly: pass === 0 };
    const { roles, database } = await readOutside(session, description, credential);
    const found = [...roles, ...database.create, ...database.mend];
    const differences = found.filter(isWithinReach);
    if (differences.length === 0) return { mended, outOfReach: found };
    if (options.create === false) assertNothingMissing(differences);
    if (pass === mostPasses) throw notHeld(differences);
    await execute(session, roles.filter(isWithinReach));
    for (const { statements } of database.create) await createDatabase(session, statements);
    await execute(session, database.mend);
    mended.push(...differences);
  }
}

/** It runs in no transaction, and takes turns with others at template0, which no tenant can hold. */
async function createDatabase(session: CatalogSession, statements: readonly string[]): Promise<void> {
  await session.query("SET lock_timeout = '60s'");
  for (const statement of statements) await session.query(statement);
  await session.query("SET lock_timeout = '5s'");
}

/** Makes an app's roles and memberships as described, on a session that holds the app's lock. */
export async function mendRoles(session: CatalogSession, description: AppDatabaseDescription): Promise<void> {
  await mend(session, async () => (await readOutside(session, description, undefined)).roles);
}

async function readOutside(
  session: CatalogSession,
  description: AppDatabaseDescription,
  credential: Credential | undefined,
) {
  const catalog = await readApp(session, description, credential !== undefined);
  const roles = auditRoles(description, catalog, credential);
  return { catalog, roles, database: auditDatabase(description, catalog) };
}

/** What differs from the description; changes nothing. */
export async function auditAppDatabase(
  server: TenancyServer,
  description: AppDatabaseDescription,
  options: ReconcileOptions = {},
): Promise<Difference[]> {
  const { differences, reachable } = await withSession(server, maintenanceDatabase, async (session) => {
    const { catalog, roles, database } = await readOutside(session, description, options.credential);
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

async function readBaseline(session: CatalogSession, description: ServerBaselineDescription): Promise<Difference[]> {
  const catalog = await readServerCatalog(session, {
    // The administrator is looked at too, whatever its name.
    roles: [...description.groups, await currentUser(session)],
    databases: description.closedDatabases,
    settings: description.administratorSettings.map(({ name }) => name),
  });
  return auditServerBaseline(description, catalog);
}

async function currentUser(session: CatalogSession): Promise<string> {
  const { rows } = await session.query<{ name: string }>("SELECT current_user AS name");
  return rows[0]!.name;
}

async function readApp(session: CatalogSession, description: AppDatabaseDescription, withSecret: boolean) {
  const group = planGroup(description.plan);
  const catalog = await readServerCatalog(session, {
    roles: [...description.roles.map((role) => role.name), group],
    databases: [description.database.name],
    settings: description.roles.flatMap((role) => role.settings.map(({ name }) => name)),
    ...(withSecret ? { secretsOf: [description.id] } : {}),
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
  if (statements.length === 0) return;
  try {
    await session.query(statements.join(";\n"));
  } catch (cause) {
    if (!isBlocked(cause)) throw cause;
    throw new LeashError(
      "tenancy/blocked",
      "A session of the app holds what has to be mended in an open transaction.",
      {
        details: differences.map(({ subject, says }) => `${subject} ${says}`),
        hint: "Stop the app, or end that transaction, then try again.",
        cause,
      },
    );
  }
}

function isWithinReach({ outOfReach }: Difference): boolean {
  return outOfReach !== true;
}

function assertNothingMissing(differences: readonly Difference[]): void {
  const missing = differences.filter(
    ({ says, subject }) => says === "is missing" && !subject.startsWith("membership "),
  );
  if (missing.length === 0) return;
  throw new LeashError(
    "tenancy/missing",
    "Something of the app's is gone from the server, which nobody here dropped.",
    {
      details: missing.map(({ subject, says }) => `${subject} ${says}`),
      hint: "Let it be made anew, and restore its rows from a backup.",
    },
  );
}

function notHeld(differences: readonly Difference[]): LeashError {
  return new LeashError("tenancy/not-held", "The server did not take all of the app's rules.", {
    details: differences.map(({ subject, says }) => `${subject} ${says}`),
    hint: "The administrator's role lacks privileges: let it be a superuser, or have made these roles itself.",
  });
}
