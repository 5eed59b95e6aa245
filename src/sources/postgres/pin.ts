// Pinning the settings of a session by SQL, and reading them back.
import { Failure } from '../../domain/failure.ts'
import { contentSettings, mark, pinnedSettings, unlimited } from './session-options.ts'

/** One SELECT that sets every pinned setting, in a transaction all settings of ours. Every name in it is qualified. */
export function pinSql(scope: 'session' | 'transaction'): string {
  const local = scope === 'transaction'
  const settings = local ? { ...pinnedSettings, ...unlimited, ...contentSettings } : pinnedSettings
  return `SELECT ${Object.entries(settings)
    .map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', ${local})`)
    .join(', ')}`
}

/**
 * Another SELECT, for servers that have the setting (since August 2024): no view or foreign table of the database is read, so that
 * nobody can put one in the place of a table while we wait for it. What it calls would run with our rights.
 */
export function restrictSql(scope: 'session' | 'transaction'): string {
  return `SELECT pg_catalog.set_config(s.name, 'view, foreign-table', ${scope === 'transaction'})
            FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) 'restrict_nonsystem_relation_kind'`
}

/**
 * For the session of a superuser behind a pooler, what `quiet` is elsewhere, in this order and for the transaction: a role that the
 * database sets would hide that code in the session can become superuser again.
 */
export const quietSql: readonly string[] = [
  `SELECT pg_catalog.set_config('role', 'none', true)
     FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) session_user AND r.rolsuper`,
  `SELECT pg_catalog.set_config(p.name, s.value, true)
     FROM (VALUES ('session_replication_role', 'replica'), ('event_triggers', 'off')) s(name, value)
     JOIN pg_catalog.pg_settings p ON p.name OPERATOR(pg_catalog.=) s.name
     JOIN pg_catalog.pg_roles r ON r.rolname OPERATOR(pg_catalog.=) current_user AND r.rolsuper`,
]

/** Reads what `requirePinned` and `connect` verify. */
export const pinnedSql = `
  SELECT pg_catalog.current_setting('search_path') AS path, pg_catalog.current_setting('${mark.name}', true) AS mark,
         pg_catalog.current_setting('server_version_num') AS version`

/** Throws Failure('refused') if the search_path is another one than ours. */
export function requirePinned(row: { readonly path?: string } | undefined): void {
  if (row?.path?.replaceAll(' ', '') === pinnedSettings.search_path?.replaceAll(' ', '')) return
  throw new Failure('postgres/pooler', 'the server does not keep the search_path of this session', {
    hint: 'Set DATABASE_URL to the server itself, not to a connection pooler.',
  })
}
