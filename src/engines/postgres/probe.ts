// Reads facts about a server and a database before a dump: versions, encoding, locale, roles, extensions.
import type pg from 'pg'
import type { DatabaseFacts, ServerFacts } from '../../domain/manifest/manifest.ts'
import { isAsciiSql, isUnconvertible } from './dump/odd-names.ts'

const databaseSql = `
  SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner, pg_database_size(d.oid)::text AS bytes,
         pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype,
         to_jsonb(d) ->> 'datlocprovider' AS provider,
         coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale
    FROM pg_database d WHERE d.datname = current_database()`

// Roles that objects of this database depend on: owners, grants, policies, default privileges.
const rolesSql = (condition = ''): string => `
  SELECT DISTINCT r.rolname AS role FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
   WHERE s.refclassid = 'pg_authid'::regclass AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     ${condition}
   ORDER BY 1`

const extensionsSql = `
  SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY 1`

const providers: Record<string, string> = { c: 'libc', i: 'icu', b: 'builtin' }

/** Reads server and database facts over a connection. */
export async function readFacts(client: pg.Client): Promise<{ server: ServerFacts; database: DatabaseFacts }> {
  const { rows: settings } = await client.query<{ version: string; number: string; zone: string }>(
    "SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number, (SELECT reset_val FROM pg_settings WHERE name = 'TimeZone') AS zone",
  )
  const { rows: databases } = await client.query<Record<string, string | null>>(databaseSql)
  const roles = await readRoles(client)
  const { rows: extensions } = await client.query<{ name: string; version: string; schema: string }>(extensionsSql)
  const [setting] = settings
  const [database] = databases
  if (!setting || !database) throw new Error('the query for the version and the database returned no row')
  const identifier = await systemIdentifier(client)
  const text = (name: string): string => database[name] ?? ''
  return {
    server: {
      engine: 'postgresql',
      version: setting.version.split(' ')[0] ?? setting.version,
      major: Math.floor(Number(setting.number) / 10_000),
      timeZone: setting.zone,
      ...(identifier === undefined ? {} : { systemIdentifier: identifier }),
    },
    database: {
      name: text('name'),
      owner: text('owner'),
      bytes: Number(text('bytes')),
      encoding: text('encoding'),
      collate: text('collate'),
      ctype: text('ctype'),
      provider: providers[text('provider')] ?? 'libc',
      ...(database.locale ? { locale: database.locale } : {}),
      roles: roles.map(({ role }) => role),
      extensions,
    },
  }
}

/**
 * Other databases may create role names that this database's encoding lacks. Only roles with ASCII names are returned
 * then.
 */
async function readRoles(client: pg.Client): Promise<{ role: string }[]> {
  try {
    return (await client.query<{ role: string }>(rolesSql())).rows
  } catch (error) {
    if (!isUnconvertible(error)) throw error
    return (await client.query<{ role: string }>(rolesSql(`AND ${isAsciiSql('r.rolname')}`))).rows
  }
}

/** Returns the IDs of the server: its system identifier; empty if this role cannot read it. */
export async function serverIds(client: pg.Client): Promise<readonly string[]> {
  const identifier = await systemIdentifier(client)
  return identifier === undefined ? [] : [identifier]
}

/** Returns the system identifier of the cluster; undefined if this role cannot read it. */
export async function systemIdentifier(client: pg.Client): Promise<string | undefined> {
  try {
    const { rows } = await client.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()')
    return rows[0]?.id
  } catch {
    return undefined
  }
}
