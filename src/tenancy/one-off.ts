import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { errorCode, LeashError } from "../errors";
import { idAlphabet, idPrefix } from "../identifier";
import { standingOf } from "./audit";
import { type CatalogSession, readServerCatalog } from "./catalog";
import { operatorsGroup, ownerRole } from "./describe";
import { dropGrantsOfNeighbours, insist } from "./neighbours";
import { type OneOffKind, type OneOffLimits, oneOffKinds } from "./one-off-kinds";
import { createScramSecret } from "./scram";
import { databasesOf } from "./scratch-name";
import { inMaintenance, isBlocked, maintenanceDatabase, type TenancyServer, withSession } from "./session";
import { identifier, literal } from "./sql";
import { endSessions, terminateSessions } from "./terminate";

export interface OneOff {
  /** `leash_migration_7k2m9qd4tx_x8k2m4q9` */
  name: string;
  kind: OneOffKind;
  app: string;
  /** Where it works: the app's database, or one that is to take its place. */
  database: string;
  password: string;
}

const suffixLength = 8;
const namePattern = new RegExp(
  `^leash_(${Object.keys(oneOffKinds).join("|")})_([${idAlphabet}]+)_[${idAlphabet}]{${suffixLength}}$`,
);

/** What a one-off login's name tells; undefined for any other role. Only the administrator makes roles. */
export function parseOneOffName(name: string): Pick<OneOff, "name" | "kind" | "app"> | undefined {
  const [, kind, suffix] = namePattern.exec(name) ?? [];
  if (!kind || !suffix) return undefined;
  return { name, kind: kind as OneOffKind, app: `${idPrefix}${suffix}` };
}

/**
 * Makes a one-off login for an app's database.
 * @throws LeashError `migration/restricted`, `tenancy/no-app`
 */
export async function createOneOff(
  server: TenancyServer,
  app: string,
  kind: OneOffKind,
  database = app,
): Promise<OneOff> {
  const random = Array.from({ length: suffixLength }, () => idAlphabet[randomInt(idAlphabet.length)]).join("");
  const oneOff: OneOff = {
    ...{ kind, app, database, name: `leash_${kind}_${app.slice(idPrefix.length)}_${random}` },
    password: randomBytes(24).toString("hex"),
  };
  try {
    await inMaintenance(server, app, (session) => create(session, oneOff));
  } catch (cause) {
    throw describeMissingApp(cause, app);
  }
  return oneOff;
}

/** An error of PostgreSQL's about an app's role or database that is not there, in words; any other passes through. */
export function describeMissingApp(cause: unknown, app: string): unknown {
  // undefined_object, invalid_catalog_name
  if (!["42704", "3D000"].includes(errorCode(cause) ?? "")) return cause;
  return new LeashError("tenancy/no-app", `The server has no app ${app} any more, or not its database.`, {
    hint: "Was it destroyed in the meantime? `leash deploy` makes it anew, and `leash backups restore` brings its rows back.",
    cause,
  });
}

async function create(session: CatalogSession, { name, kind, app, database, password }: OneOff): Promise<void> {
  const limits: OneOffLimits = oneOffKinds[kind];
  // Standings change under the same lock: one that is restricted after this ends what was made before.
  if (limits.needsRoom) await assertOpen(session, app, kind);
  const { rows } = await session.query<{ version: number; until: string }>(
    `SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS version,
            (pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => $1))::text AS until`,
    [limits.validMs / 1000],
  );
  const { version, until } = rows[0]!;
  const [login, owner] = [identifier(name), identifier(ownerRole(app))];
  const { readsAll = false } = limits;
  const options = (inherit: boolean, set: boolean) =>
    version >= 16 ? ` WITH INHERIT ${String(inherit).toUpperCase()}, SET ${String(set).toUpperCase()}` : "";
  const settings: [string, string][] = [
    // An owner may close its large objects to itself.
    readsAll ? ["lo_compat_privileges", "on"] : ["role", ownerRole(app)],
    ["statement_timeout", String(limits.statementTimeoutMs)],
    // The app's own code runs in there: it may not fill the server's log.
    ["log_min_messages", "fatal"],
    // A suspended app's database is read only; who makes room in it writes, and what gives space back does not.
    ["default_transaction_read_only", limits.readsOnly ? "on" : "off"],
    ["idle_in_transaction_session_timeout", String(limits.idleInTransactionTimeoutMs)],
    ...(version >= 17 ? ([["transaction_timeout", String(limits.transactionTimeoutMs)]] as [string, string][]) : []),
  ];
  await session.query(
    [
      `CREATE ROLE ${login} LOGIN ${readsAll ? "INHERIT BYPASSRLS" : "NOINHERIT"} CONNECTION LIMIT ${limits.connections}
         VALID UNTIL ${literal(until)} PASSWORD ${literal(createScramSecret(password))}`,
      `GRANT ${identifier(operatorsGroup)} TO ${login}${options(false, false)}`,
      `GRANT ${owner} TO ${login}${options(readsAll, true)}`,
      ...(readsAll ? [`GRANT ${identifier(app)} TO ${login}${options(true, false)}`] : []),
      `GRANT CONNECT ON DATABASE ${identifier(database)} TO ${login}`,
      ...settings.map(([setting, value]) => `ALTER ROLE ${login} SET ${setting} = ${literal(value)}`),
    ].join(";\n"),
  );
}

async function assertOpen(session: CatalogSession, app: string, kind: OneOffKind): Promise<void> {
  const catalog = await readServerCatalog(session, { roles: [app], databases: [] });
  const standing = standingOf(catalog, app);
  if (standing === "open") return;
  throw new LeashError(`${kind}/restricted`, `The app is ${standing}: its plan's storage is used up.`, {
    hint: "Make room with `leash db shell --cleanup`, or take a larger plan: `leash db plan`.",
  });
}

const dropAttempts = 5;

/** Ends a one-off login's sessions and drops it; what it owns becomes the app's owner role's. */
export async function dropOneOff(server: TenancyServer, oneOff: Pick<OneOff, "name" | "app">): Promise<void> {
  await inMaintenance(server, oneOff.app, async (session) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await dropOnce(server, session, oneOff);
      } catch (error) {
        // 2BP01: dependent_objects_still_exist. Any app can name the login in grants of its own, and hold on to them.
        if ((!isBlocked(error) && errorCode(error) !== "2BP01") || attempt === dropAttempts) throw error;
        await sleep(200);
      }
    }
  });
}

async function dropOnce(
  server: TenancyServer,
  session: CatalogSession,
  { name, app }: Pick<OneOff, "name" | "app">,
): Promise<void> {
  const { rows: found } = await session.query("SELECT FROM pg_catalog.pg_roles WHERE rolname = $1", [name]);
  if (found.length === 0) return;
  const login = identifier(name);
  await session.query(`ALTER ROLE ${login} NOLOGIN`);
  await terminateSessions(session, "usename = $1", name);
  await endSessions(session, [name]);
  const heir = identifier(ownerRole(app));
  const { inside, on } = await findTraces(session, name);
  const own = inside.length > 0 ? await databasesOf(session, app) : [];
  for (const database of own.filter((one) => inside.includes(one))) {
    await insist(server, session, database, (its) => its.query(`REASSIGN OWNED BY ${login} TO ${heir}`));
  }
  // What its own app has granted it goes too.
  await dropGrantsOfNeighbours(server, session, [name]);
  const revokes = on.map((database) => `REVOKE ALL ON DATABASE ${identifier(database)} FROM ${login}`);
  await session.query([...revokes, `DROP ROLE ${login}`].join(";\n"));
}

/** The databases in which it owns something or was granted something, and those on which it was. */
async function findTraces(session: CatalogSession, name: string): Promise<{ inside: string[]; on: string[] }> {
  const { rows } = await session.query<{ inside: string | null; on: string | null }>(
    `SELECT DISTINCT inside.datname AS inside, itself.datname AS on
       FROM pg_catalog.pg_shdepend s
       JOIN pg_catalog.pg_roles r ON r.oid = s.refobjid AND s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
       LEFT JOIN pg_catalog.pg_database inside ON inside.oid = s.dbid
       LEFT JOIN pg_catalog.pg_database itself
         ON itself.oid = s.objid AND s.classid = 'pg_catalog.pg_database'::pg_catalog.regclass
      WHERE r.rolname = $1`,
    [name],
  );
  const names = (found: (string | null)[]) => [...new Set(found.filter((one) => one !== null))];
  return { inside: names(rows.map((row) => row.inside)), on: names(rows.map((row) => row.on)) };
}

interface KnownOneOff extends Pick<OneOff, "name" | "kind" | "app"> {
  /** Nobody can log in with it any more. */
  expired: boolean;
  /** It has a session. */
  inUse: boolean;
}

/** One-off logins of the server. */
export async function listOneOffs(server: TenancyServer): Promise<KnownOneOff[]> {
  return withSession(server, maintenanceDatabase, async (session) => {
    const { rows } = await session.query<Pick<KnownOneOff, "name" | "expired" | "inUse">>(
      `SELECT r.rolname AS name,
              NOT r.rolcanlogin OR coalesce(r.rolvaliduntil < pg_catalog.clock_timestamp(), false) AS expired,
              EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.usename = r.rolname) AS "inUse"
         FROM pg_catalog.pg_auth_members m
         JOIN pg_catalog.pg_roles r ON r.oid = m.member
         JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
        WHERE g.rolname = $1`,
      [operatorsGroup],
    );
    return rows.flatMap(({ name, ...state }) => {
      const parsed = parseOneOffName(name);
      return parsed ? [{ ...parsed, ...state }] : [];
    });
  });
}

/** Whether somebody else has dropped it, or is about to: its work was ended, and did not end by itself. */
export async function isEnded(server: TenancyServer, { name }: Pick<OneOff, "name">): Promise<boolean> {
  return !(await listOneOffs(server)).some((oneOff) => oneOff.name === name && !oneOff.expired);
}

/**
 * Runs `work` with a one-off login, as the only one of its kind for the app. The login is dropped whatever happens; that
 * of a process that was killed by the guard, or by the next one of the kind.
 * @throws LeashError `tenancy/one-at-a-time`, `migration/restricted`
 */
export async function withOneOff<Result>(
  server: TenancyServer,
  app: string,
  kind: OneOffKind,
  work: (oneOff: OneOff) => Promise<Result>,
): Promise<Result> {
  return alone(server, app, kind, () => withLogin(server, app, kind, app, work));
}

/** As `withOneOff`, for who has the app's claim of this kind already, and for another database of the app's. */
export async function withLogin<Result>(
  server: TenancyServer,
  app: string,
  kind: OneOffKind,
  database: string,
  work: (oneOff: OneOff) => Promise<Result>,
): Promise<Result> {
  await dropLeftovers(server, app, kind);
  const oneOff = await createOneOff(server, app, kind, database);
  let result: Result;
  try {
    result = await work(oneOff);
  } catch (error) {
    // What `work` says is told before what the tidying says: the guard drops the login.
    await dropOneOff(server, oneOff).catch(() => {});
    throw error;
  }
  await dropOneOff(server, oneOff);
  return result;
}

/** The command of a killed `leash run` goes on: while its login is in use, it is still the one at this time. */
async function dropLeftovers(server: TenancyServer, app: string, kind: OneOffKind): Promise<void> {
  const { endsFormer }: OneOffLimits = oneOffKinds[kind];
  for (const oneOff of await listOneOffs(server)) {
    if (oneOff.app !== app || oneOff.kind !== kind) continue;
    if (oneOff.inUse && !oneOff.expired && !endsFormer) throw notAlone(kind);
    await dropOneOff(server, oneOff);
  }
}

/** The claim of `alone` under which a login is in use. */
export function claimOf({ kind, app }: Pick<OneOff, "kind" | "app">): string {
  const { partOf = kind }: OneOffLimits = oneOffKinds[kind];
  return `leash:${partOf}:${app}`;
}

const claimAttempts = 10;

/**
 * Runs `work` as the only one of its kind for the app; the claim ends with its holder, however that dies.
 * @throws LeashError `tenancy/one-at-a-time`
 */
export async function alone<Result>(
  server: TenancyServer,
  app: string,
  kind: OneOffKind,
  work: () => Promise<Result>,
): Promise<Result> {
  return withSession(server, maintenanceDatabase, async (session) => {
    for (let attempt = 1; ; attempt++) {
      const { rows } = await session.query<{ mine: boolean }>(
        "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0)) AS mine",
        [claimOf({ kind, app })],
      );
      if (rows[0]!.mine) return work();
      if (attempt === claimAttempts) throw notAlone(kind);
      // Who asks whether somebody has the claim has it for a moment, and a killed holder's session a little longer.
      await sleep(100);
    }
  });
}

function notAlone(kind: OneOffKind): LeashError {
  return new LeashError("tenancy/one-at-a-time", `Another ${kind} of this app is running.`, {
    hint: "Wait until it ends, then try again.",
  });
}
