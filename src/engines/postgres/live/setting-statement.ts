// Converts a setting in the form of pg_db_role_setting (`name=value`) to SQL that sets it; follows pg_dump's
// dumputils.c.
import pg from 'pg'

/** Settings whose stored value is a list with quoted items (GUC_LIST_QUOTE): each item becomes a separate literal. */
const quotedLists: ReadonlySet<string> = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
])

/** `SET search_path TO '$user', 'public'`, to append to ALTER DATABASE or ALTER ROLE … IN DATABASE. */
export function settingClause(stored: string): string {
  const at = stored.indexOf('=')
  const name = stored.slice(0, at)
  const value = stored.slice(at + 1)
  const values = quotedLists.has(name.toLowerCase()) ? splitList(value) : [value]
  const literals = values.length === 0 ? ["''"] : values.map(pg.escapeLiteral)
  return `SET ${pg.escapeIdentifier(name)} TO ${literals.join(', ')}`
}

/** Items of a list such as `"$user", public`, without quotes; case is preserved. */
export function splitList(value: string): string[] {
  const items: string[] = []
  for (const [, quoted, plain] of value.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",]+))\s*(?:,|$)/g))
    items.push(quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'))
  return items
}
