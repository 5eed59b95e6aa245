// Changes owners from superusers to the migration's login, so that it can change everything without being a superuser.
import type pg from 'pg'

/** Objects of extensions keep their owner, because extensions belong to a superuser. */
const statementsSql = `
  WITH chosen AS (SELECT quote_ident($1) AS role),
  super AS (SELECT oid FROM pg_roles WHERE rolsuper),
  ours AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
  extended AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
  owners AS (
    SELECT DISTINCT refobjid AS oid FROM pg_shdepend
     WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o' AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     UNION SELECT datdba FROM pg_database WHERE datname = current_database()
  )
  SELECT 1 AS turn, format('GRANT %I TO %s', rolname, role) AS statement FROM pg_roles JOIN owners USING (oid), chosen
   WHERE NOT rolsuper AND rolname <> $1 AND rolname !~ '^pg_'
  UNION ALL SELECT 1, format('ALTER DATABASE %I OWNER TO %s', current_database(), role) FROM chosen
  UNION ALL SELECT 2, format('ALTER SCHEMA %I OWNER TO %s', nspname, role) FROM pg_namespace n, chosen
   WHERE n.oid IN (TABLE ours) AND nspowner IN (TABLE super) AND (2615, n.oid) NOT IN (TABLE extended)
  UNION ALL SELECT 3, format('ALTER %s %s OWNER TO %s',
      CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END,
      c.oid::regclass, role) FROM pg_class c, chosen
   WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND relnamespace IN (TABLE ours) AND relowner IN (TABLE super)
     AND (1259, c.oid) NOT IN (TABLE extended)
     AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 1259 AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
  UNION ALL SELECT 4, format('ALTER %s %s OWNER TO %s', CASE prokind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
      format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), role)
    FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace, chosen
   WHERE pronamespace IN (TABLE ours) AND proowner IN (TABLE super) AND (1255, p.oid) NOT IN (TABLE extended)
     AND prolang NOT IN (SELECT oid FROM pg_language WHERE NOT lanpltrusted)
  UNION ALL SELECT 4, format('ALTER %s %s OWNER TO %s', CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid::regtype, role)
    FROM pg_type t, chosen
   WHERE typtype IN ('e', 'd', 'r') AND typnamespace IN (TABLE ours) AND typowner IN (TABLE super) AND (1247, t.oid) NOT IN (TABLE extended)
  ORDER BY 1, 2`

/** Returns statements for a superuser, in order. The server has quoted the names. */
export async function ownershipStatements(client: pg.Client, role: string): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(statementsSql, [role])
  return rows.map(({ statement }) => statement)
}
