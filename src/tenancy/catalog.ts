import { operatorsGroup } from "./describe";
import { ledgerSchema, recallVerifiers } from "./ledger";

/** What reads and writes a catalog needs of a connection. */
export interface CatalogSession {
  query<Row>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

export interface CatalogRole {
  name: string;
  login: boolean;
  inherit: boolean;
  /** Attributes that no role of an app has: SUPERUSER, CREATEDB, … */
  attributes: string[];
  connectionLimit: number;
  /** The stored verifier; null without a password; undefined where it was not read, or may not be. */
  secret?: string | null;
  /** The verifier that the ledger holds for it; null for none, undefined where there is no ledger or it was not read. */
  remembered?: string | null;
}

export interface CatalogMembership {
  role: string;
  member: string;
  grantor: string;
  admin: boolean;
  /** Null before PostgreSQL 16, where a membership has no options of its own. */
  inherit: boolean | null;
  set: boolean | null;
  /** The member is a one-off login of the platform. */
  operator: boolean;
}

export interface CatalogSetting {
  role: string;
  /** Null: in every database. */
  database: string | null;
  name: string;
  value: string;
}

export interface CatalogPrivilege {
  /** "PUBLIC" for everybody. */
  grantee: string;
  privilege: string;
  grantable: boolean;
}

export interface CatalogDatabase {
  name: string;
  owner: string;
  allowConnections: boolean;
  privileges: CatalogPrivilege[];
}

/** What the shared catalog says of some roles and databases. */
export interface ServerCatalog {
  majorVersion: number;
  currentUser: string;
  /** Whether the current user is one. */
  superuser: boolean;
  roles: CatalogRole[];
  memberships: CatalogMembership[];
  settings: CatalogSetting[];
  databases: CatalogDatabase[];
  /** Tables of the ledger that are there, those that the current user may use, and whether it may make more. */
  ledgerThere: string[];
  ledger: string[];
  mayCreate: boolean;
}

/** What an app's own database says; read with `search_path = ''`. */
export interface DatabaseCatalog {
  currentUser: string;
  superuser: boolean;
  schemas: { name: string; owner: string }[];
  /** Signatures of functions that PUBLIC may execute, of those that were asked for. */
  openFunctions: string[];
}

// One round trip: every part is an aggregate of its own. to_jsonb() reads columns that older servers do not have.
const serverQuery = `
select
  current_setting('server_version_num')::int / 10000 as "majorVersion",
  current_user as "currentUser",
  current_setting('is_superuser')::boolean as superuser,
  (select coalesce(json_agg(json_build_object(
      'name', r.rolname, 'login', r.rolcanlogin, 'inherit', r.rolinherit, 'connectionLimit', r.rolconnlimit,
      'attributes', array_remove(array[
        case when r.rolsuper then 'SUPERUSER' end, case when r.rolcreaterole then 'CREATEROLE' end,
        case when r.rolcreatedb then 'CREATEDB' end, case when r.rolreplication then 'REPLICATION' end,
        case when r.rolbypassrls then 'BYPASSRLS' end], null))), '[]')
    from pg_catalog.pg_roles r where r.rolname = any($1)) as roles,
  (select coalesce(json_agg(json_build_object(
      'role', r.rolname, 'member', u.rolname, 'grantor', g.rolname, 'admin', m.admin_option,
      'inherit', (to_jsonb(m) ->> 'inherit_option')::boolean, 'set', (to_jsonb(m) ->> 'set_option')::boolean,
      'operator', exists (select from pg_catalog.pg_auth_members o join pg_catalog.pg_roles q on q.oid = o.roleid
                          where o.member = m.member and q.rolname = '${operatorsGroup}'))), '[]')
    from pg_catalog.pg_auth_members m
    join pg_catalog.pg_roles r on r.oid = m.roleid
    join pg_catalog.pg_roles u on u.oid = m.member
    join pg_catalog.pg_roles g on g.oid = m.grantor
    where r.rolname = any($1) or u.rolname = any($1)) as memberships,
  (select coalesce(json_agg(json_build_object(
      'role', r.rolname, 'database', d.datname,
      'name', split_part(c, '=', 1), 'value', left(substr(c, strpos(c, '=') + 1), 1000))), '[]')
    from pg_catalog.pg_db_role_setting s
    join pg_catalog.pg_roles r on r.oid = s.setrole
    left join pg_catalog.pg_database d on d.oid = s.setdatabase
    cross join lateral unnest(s.setconfig) c
    where r.rolname = any($1) and split_part(c, '=', 1) = any($3)) as settings,
  (select coalesce(json_agg(json_build_object(
      'name', d.datname, 'owner', pg_catalog.pg_get_userbyid(d.datdba), 'allowConnections', d.datallowconn,
      'privileges', (select coalesce(json_agg(json_build_object(
          'grantee', case when a.grantee = 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(a.grantee) end,
          'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]')
        from pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a))), '[]')
    from pg_catalog.pg_database d where d.datname = any($2)) as databases,
  (select coalesce(json_agg(c.relname), '[]') from pg_catalog.pg_class c
    where c.relkind = 'r' and c.relnamespace = to_regnamespace('${ledgerSchema}')) as "ledgerThere",
  (select coalesce(json_agg(c.relname), '[]') from pg_catalog.pg_class c
    where c.relkind = 'r' and c.relnamespace = to_regnamespace('${ledgerSchema}')
      and has_schema_privilege(c.relnamespace, 'USAGE') and has_table_privilege(c.oid, 'INSERT')) as ledger,
  has_database_privilege(current_database(), 'CREATE') as "mayCreate"`;

export interface CatalogNames {
  roles: readonly string[];
  databases: readonly string[];
  /** Settings of roles; a tenant can store megabytes in others. */
  settings?: readonly string[];
  /** Read the verifiers of these roles, if the current user may. */
  secretsOf?: readonly string[];
}

/** Reads what the server's shared catalog says of these roles and databases. */
export async function readServerCatalog(session: CatalogSession, names: CatalogNames): Promise<ServerCatalog> {
  const { rows } = await session.query<ServerCatalog>(serverQuery, [
    names.roles,
    names.databases,
    names.settings ?? [],
  ]);
  const catalog = rows[0]!;
  const secretsOf = names.secretsOf ?? [];
  if (secretsOf.length > 0) await readSecrets(session, catalog, secretsOf);
  return catalog;
}

async function readSecrets(session: CatalogSession, catalog: ServerCatalog, names: readonly string[]): Promise<void> {
  const { superuser, ledger } = catalog;
  // A verifier has 133 bytes; a tenant can store one of its own making.
  const stored = superuser
    ? await session.query<{ name: string; secret: string | null }>(
        "select rolname as name, left(rolpassword, 1000) as secret from pg_catalog.pg_authid where rolname = any($1)",
        [names],
      )
    : undefined;
  const secrets = new Map(stored?.rows.map(({ name, secret }) => [name, secret]));
  const remembered = await recallVerifiers(session, ledger, names);
  for (const role of catalog.roles.filter(({ name }) => names.includes(name))) {
    if (stored) role.secret = secrets.get(role.name) ?? null;
    if (remembered) role.remembered = remembered.get(role.name) ?? null;
  }
}

const databaseQuery = `
select
  current_user as "currentUser",
  pg_catalog.current_setting('is_superuser')::pg_catalog.bool as superuser,
  (select pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', n.nspname, 'owner', pg_catalog.pg_get_userbyid(n.nspowner)))
    from pg_catalog.pg_namespace n where n.nspname operator(pg_catalog.=) any($1)) as schemas,
  (select pg_catalog.json_agg(pg_catalog.format('pg_catalog.%I(%s)', p.proname,
      pg_catalog.pg_get_function_identity_arguments(p.oid)) order by p.oid)
    from pg_catalog.pg_proc p
    cross join lateral pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
    where p.pronamespace operator(pg_catalog.=) 'pg_catalog'::pg_catalog.regnamespace
      and p.proname operator(pg_catalog.=) any($2)
      and a.grantee operator(pg_catalog.=) 0::pg_catalog.oid) as "openFunctions"`;

/** Reads what an app's own database says. The session must have been opened in it with an empty `search_path`. */
export async function readDatabaseCatalog(
  session: CatalogSession,
  names: { schemas: readonly string[]; functions: readonly string[] },
): Promise<DatabaseCatalog> {
  type Row = Omit<DatabaseCatalog, "schemas" | "openFunctions"> & {
    schemas: DatabaseCatalog["schemas"] | null;
    openFunctions: string[] | null;
  };
  const { rows } = await session.query<Row>(databaseQuery, [names.schemas, names.functions]);
  const { schemas, openFunctions, ...user } = rows[0]!;
  return { ...user, schemas: schemas ?? [], openFunctions: openFunctions ?? [] };
}
