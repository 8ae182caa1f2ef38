import { randomBytes, randomInt } from "node:crypto";
import { LeashError } from "../errors";
import { idAlphabet, idPrefix } from "../identifier";
import type { CatalogSession } from "./catalog";
import { operatorsGroup, ownerRole } from "./describe";
import { createScramSecret } from "./scram";
import { inMaintenance, maintenanceDatabase, type TenancyServer, withSession } from "./session";
import { identifier, literal } from "./sql";

/** What a one-off login may take; milliseconds. */
export interface OneOffLimits {
  connections: number;
  statementTimeoutMs: number;
  idleInTransactionTimeoutMs: number;
  transactionTimeoutMs: number;
  /** How long it can be used to log in. */
  validMs: number;
}

const minute = 60_000;

/**
 * Logins of the platform's own for work on an app's rows, which no superuser may do. Each is a member of the app's owner
 * role and becomes it at login, has an end, and is dropped when the work is done.
 */
export const oneOffKinds = {
  /** An app's schema migration: whole files as one message. */
  migration: {
    connections: 5,
    statementTimeoutMs: 10 * minute,
    idleInTransactionTimeoutMs: minute,
    transactionTimeoutMs: 60 * minute,
    validMs: 24 * 60 * minute,
  },
  /** A developer's session that makes room in a restricted app. */
  cleanup: {
    connections: 1,
    statementTimeoutMs: 10 * minute,
    idleInTransactionTimeoutMs: 5 * minute,
    transactionTimeoutMs: 30 * minute,
    validMs: 60 * minute,
  },
  /** The guard's own, that gives the space of deleted rows back. */
  reclaim: {
    connections: 1,
    statementTimeoutMs: 5 * minute,
    idleInTransactionTimeoutMs: minute,
    transactionTimeoutMs: 10 * minute,
    validMs: 15 * minute,
  },
} as const satisfies Record<string, OneOffLimits>;

export type OneOffKind = keyof typeof oneOffKinds;

export interface OneOff {
  /** `leash_migration_7k2m9qd4tx_x8k2m4q9` */
  name: string;
  kind: OneOffKind;
  app: string;
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

/** Makes a one-off login for an app's database. */
export async function createOneOff(server: TenancyServer, app: string, kind: OneOffKind): Promise<OneOff> {
  const random = Array.from({ length: suffixLength }, () => idAlphabet[randomInt(idAlphabet.length)]).join("");
  const oneOff: OneOff = {
    ...{ kind, app, name: `leash_${kind}_${app.slice(idPrefix.length)}_${random}` },
    password: randomBytes(24).toString("hex"),
  };
  await inMaintenance(server, app, (session) => create(session, oneOff));
  return oneOff;
}

async function create(session: CatalogSession, { name, kind, app, password }: OneOff): Promise<void> {
  const limits = oneOffKinds[kind];
  const { rows } = await session.query<{ version: number; until: string }>(
    `SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS version,
            (pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => $1))::text AS until`,
    [limits.validMs / 1000],
  );
  const { version, until } = rows[0]!;
  const [login, owner] = [identifier(name), identifier(ownerRole(app))];
  const options = (set: boolean) => (version >= 16 ? ` WITH INHERIT FALSE, SET ${String(set).toUpperCase()}` : "");
  const settings: [string, string][] = [
    ["role", ownerRole(app)],
    ["statement_timeout", String(limits.statementTimeoutMs)],
    ["idle_in_transaction_session_timeout", String(limits.idleInTransactionTimeoutMs)],
    ...(version >= 17 ? ([["transaction_timeout", String(limits.transactionTimeoutMs)]] as [string, string][]) : []),
  ];
  await session.query(
    [
      `CREATE ROLE ${login} LOGIN NOINHERIT CONNECTION LIMIT ${limits.connections} VALID UNTIL ${literal(until)}
         PASSWORD ${literal(createScramSecret(password))}`,
      `GRANT ${identifier(operatorsGroup)} TO ${login}${options(false)}`,
      `GRANT ${owner} TO ${login}${options(true)}`,
      `GRANT CONNECT ON DATABASE ${identifier(app)} TO ${login}`,
      ...settings.map(([setting, value]) => `ALTER ROLE ${login} SET ${setting} = ${literal(value)}`),
    ].join(";\n"),
  );
}

/** Ends a one-off login's sessions and drops it; what it owns becomes the app's owner role's. */
export async function dropOneOff(server: TenancyServer, { name, app }: Pick<OneOff, "name" | "app">): Promise<void> {
  await inMaintenance(server, app, async (session) => {
    const { rows } = await session.query<{ role: boolean; database: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1) AS role,
              EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $2) AS database`,
      [name, app],
    );
    if (!rows[0]!.role) return;
    const login = identifier(name);
    await session.query(`ALTER ROLE ${login} NOLOGIN`);
    await session.query(
      "SELECT pg_catalog.pg_terminate_backend(pid, 5000) FROM pg_catalog.pg_stat_activity WHERE usename = $1",
      [name],
    );
    if (rows[0]!.database) {
      await withSession(server, app, async (inside) => {
        await inside.query(`REASSIGN OWNED BY ${login} TO ${identifier(ownerRole(app))}`);
        await inside.query(`DROP OWNED BY ${login}`);
      });
    }
    await session.query(`DROP ROLE ${login}`);
  });
}

/** One-off logins of an app; those that nobody can use any more are `expired`. */
export async function listOneOffs(
  server: TenancyServer,
): Promise<(Pick<OneOff, "name" | "kind" | "app"> & { expired: boolean })[]> {
  return withSession(server, maintenanceDatabase, async (session) => {
    const { rows } = await session.query<{ name: string; expired: boolean }>(
      `SELECT r.rolname AS name, coalesce(r.rolvaliduntil < pg_catalog.clock_timestamp(), false) AS expired
         FROM pg_catalog.pg_auth_members m
         JOIN pg_catalog.pg_roles r ON r.oid = m.member
         JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
        WHERE g.rolname = $1`,
      [operatorsGroup],
    );
    return rows.flatMap(({ name, expired }) => {
      const parsed = parseOneOffName(name);
      return parsed ? [{ ...parsed, expired }] : [];
    });
  });
}

/**
 * Runs `work` with a one-off login, which is dropped whatever happens. The login of a process that was killed is dropped
 * by the guard once it has expired.
 */
export async function withOneOff<Result>(
  server: TenancyServer,
  app: string,
  kind: OneOffKind,
  work: (oneOff: OneOff) => Promise<Result>,
): Promise<Result> {
  const oneOff = await createOneOff(server, app, kind);
  try {
    return await work(oneOff);
  } finally {
    await dropOneOff(server, oneOff);
  }
}

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
    const { rows } = await session.query<{ mine: boolean }>(
      "SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0)) AS mine",
      [`leash:${kind}:${app}`],
    );
    if (rows[0]!.mine) return work();
    throw new LeashError("tenancy/one-at-a-time", `Another ${kind} of this app is running.`, {
      hint: "Wait until it ends, then try again.",
    });
  });
}
