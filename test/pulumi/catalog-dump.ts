import type { TenancyServer } from "../../src/tenancy/session";

/** All that the catalog says of an app's roles and database, with its id taken out, read without the audit's help. */
export async function readTenancy(server: TenancyServer, id: string): Promise<unknown> {
  const admin = await server.openSession("postgres");
  const inside = await server.openSession(id);
  try {
    const outside = await admin.query<Record<string, unknown>>(
      `select
        (select json_agg(r order by r.rolname) from (
          -- The provider writes "for ever" where SQL leaves it out.
          select to_jsonb(a) - 'oid' - 'rolpassword' - 'rolvaliduntil' || jsonb_build_object(
            'expires', coalesce(rolvaliduntil < 'infinity', false), 'has_password', rolpassword is not null) as attributes, rolname
          from pg_authid a where rolname in ($1::text, $1::text || '_owner')) r) as roles,
        (select json_agg(m order by m.role, m.member) from (
          select to_jsonb(x) - 'oid' - 'roleid' - 'member' - 'grantor' as options,
                 x.roleid::regrole::text as role, x.member::regrole::text as member, x.grantor::regrole::text as grantor
          from pg_auth_members x
          where x.roleid::regrole::text like $1::text || '%' or x.member::regrole::text like $1::text || '%') m) as memberships,
        (select json_agg(s order by s.role, s.setting) from (
          select setrole::regrole::text as role, setdatabase, c as setting
          from pg_db_role_setting, unnest(setconfig) c where setrole::regrole::text like $1::text || '%') s) as settings,
        (select to_jsonb(d) - 'oid' - 'datfrozenxid' - 'datminmxid' - 'datacl'
           || jsonb_build_object('acl', (select jsonb_agg(a::text order by a::text) from unnest(datacl) a))
         from pg_database d where datname = $1::text) as database`,
      [id],
    );
    const schemas = await inside.query(
      `select nspname, pg_catalog.pg_get_userbyid(nspowner) as owner, nspacl::pg_catalog.text as acl
       from pg_catalog.pg_namespace where nspname = 'public'`,
    );
    const functions = await inside.query(
      `select oid::pg_catalog.regprocedure::pg_catalog.text as signature, proacl::pg_catalog.text as acl
       from pg_catalog.pg_proc where proname in ('pg_logical_emit_message', 'pg_export_snapshot') order by 1`,
    );
    const all = { ...outside.rows[0], schemas: schemas.rows, functions: functions.rows };
    return JSON.parse(JSON.stringify(all).replaceAll(id, "app"));
  } finally {
    await admin.end();
    await inside.end();
  }
}
