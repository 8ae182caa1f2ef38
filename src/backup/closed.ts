import type { Session } from "../connection/open";
import type { OneOff } from "../tenancy/one-off";
import { identifier } from "../tenancy/sql";

/**
 * Lets a one-off login that reads all read what the app has closed to itself: an owner may take its own right to a table
 * away. It is its own session, before it reads. What is granted goes with the login.
 */
export async function openWhatIsClosed(session: Session, { name: login }: Pick<OneOff, "name">): Promise<void> {
  const { rows } = await session.query<{ kind: string; schema: string; name: string }>(
    `SELECT 'SCHEMA' AS kind, n.nspname AS schema, '' AS name FROM pg_namespace n
      WHERE pg_has_role(n.nspowner, 'USAGE') AND NOT has_schema_privilege(n.oid, 'USAGE')
     UNION ALL
     SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'S', 'm', 'v') AND pg_has_role(c.relowner, 'USAGE')
        AND NOT CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'SELECT') ELSE has_table_privilege(c.oid, 'SELECT') END`,
  );
  for (const { kind, schema, name } of rows) {
    const what = kind === "SCHEMA" ? identifier(schema) : `${identifier(schema)}.${identifier(name)}`;
    await session.query(`GRANT ${kind === "SCHEMA" ? "USAGE" : "SELECT"} ON ${kind} ${what} TO ${identifier(login)}`);
  }
}
