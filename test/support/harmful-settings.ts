// Settings that break sessions, for a role and for databases, and rows that show their effect.

/** Each of these settings breaks something in a session that has it. */
const harmful: Readonly<Record<string, string>> = {
  statement_timeout: '1ms',
  lock_timeout: '1ms',
  idle_in_transaction_session_timeout: '1ms',
  idle_session_timeout: '100ms',
  tcp_user_timeout: '1ms',
  default_transaction_read_only: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  client_encoding: 'LATIN1',
  client_min_messages: 'debug1',
  quote_all_identifiers: 'on',
  row_security: 'on',
  standard_conforming_strings: 'off',
  transform_null_equals: 'on',
  array_nulls: 'off',
  xmloption: 'document',
  default_tablespace: 'nowhere',
  temp_tablespaces: 'nowhere',
  default_table_access_method: 'nothing',
  check_function_bodies: 'on',
  synchronous_commit: 'off',
  DateStyle: 'German',
  IntervalStyle: 'iso_8601',
  TimeZone: 'Asia/Tokyo',
  extra_float_digits: '-15',
  bytea_output: 'escape',
  zero_damaged_pages: 'on',
  ignore_checksum_failure: 'on',
  search_path: 'shadow, public',
}

/** Tables of tenants, with values whose text depends on settings, and a schema whose tables have the same names. */
export const tenantRows = `
  CREATE TABLE public.tenant (id int PRIMARY KEY, name text);
  CREATE TABLE public."año" (id int PRIMARY KEY, tenant_id int REFERENCES public.tenant, at timestamptz, span interval, f float8,
    b bytea, x xml, names text[], refers regclass, money money);
  CREATE SCHEMA shadow;
  CREATE TABLE shadow.tenant (id int);
  INSERT INTO public.tenant VALUES (1, 'ñandú'), (2, 'b');
  INSERT INTO public."año" SELECT i, 1 + i % 2, '2026-03-04 05:06:07.891011Z', '-1 year 2 days -3:04:05.6', 1e-300 / 3, '\\x00ff',
    'a<b/>c', '{NULL,"null",x}', 'public.tenant', 12.5 FROM generate_series(1, 20) i;`

/**
 * Returns the SQL that sets all of them for role `backer`: of the role in some of the databases, of the database in
 * others, of both in `shop`.
 */
export function harmfulSettings(databases: readonly string[]): string {
  const owners = databases.map((database, at) =>
    at % 2 ? `DATABASE ${database}` : `ROLE backer IN DATABASE ${database}`,
  )
  const alter = ([name, value]: [string, string], owner: string): string =>
    `ALTER ${owner} SET ${name} = ${name === 'search_path' ? value : `'${value}'`}`
  const statements = [...owners, 'DATABASE shop'].flatMap((owner) =>
    Object.entries(harmful).map((each) => alter(each, owner)),
  )
  return statements.join('; ')
}
