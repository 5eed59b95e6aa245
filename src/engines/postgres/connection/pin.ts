// SQL that pins the settings of a session and reads them back. Every name in these statements is qualified.
import pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import { mark, type OptionSupport, optionScopes, type SessionKind, valuesFor } from './session-options.ts'
import { pinnedValue, type SessionSetting, settingsOf } from './session-settings.ts'

/**
 * Returns one SELECT that sets the mark and the settings of this kind of session, except those of scope `superuser`.
 * Optional settings are set if the server has them.
 */
export function pinSql(kind: SessionKind, scope: 'session' | 'transaction'): string {
  const local = scope === 'transaction'
  const settings = valuesFor(
    kind,
    settingsOf('always', 'names', ...(kind === 'resettable' ? [] : (['views'] as const))),
  )
  const required = [...settings.filter(({ optional }) => !optional), mark]
  const optional = settings.filter((each) => each.optional)
  return `SELECT ${required.map(({ name, value }) => setConfig(pg.escapeLiteral(name), pg.escapeLiteral(value), local)).join(', ')},
    ARRAY(${whereKnown(optional, setConfig('s.name', 'v.value', local))})`
}

/**
 * Returns SQL for what connection options could not set: optional settings, because it was not known whether the server
 * has them, and those that are reset later.
 */
export function completeSessionSql(support: OptionSupport, kind: SessionKind): string {
  const missing = settingsOf(...optionScopes(support, kind)).filter(({ optional }) => optional)
  const names = kind === 'resettable' ? settingsOf('names') : []
  const set = names.map(({ name, value }) => setConfig(pg.escapeLiteral(name), pg.escapeLiteral(value), false))
  return `SELECT ${[...set, `ARRAY(${whereKnown(missing, setConfig('s.name', 'v.value', false))})`].join(', ')}`
}

/** The names of optional settings that the server has. */
export const knownSettingsSql = `SELECT ARRAY(${whereKnown(
  settingsOf('always', 'names', 'views', 'superuser').filter(({ optional }) => optional),
  's.name::pg_catalog.text',
)}) AS has`

function setConfig(name: string, value: string, local: boolean): string {
  return `pg_catalog.set_config(${name}, ${value}, ${local})`
}

function whereKnown(settings: readonly SessionSetting[], select: string): string {
  const values = settings.map(({ name, value }) => `(${pg.escapeLiteral(name)}, ${pg.escapeLiteral(value)})`)
  return `SELECT ${select} FROM (VALUES ${values.join(', ')}) v(name, value)
            JOIN pg_catalog.pg_settings s ON s.name OPERATOR(pg_catalog.=) v.name`
}

/**
 * Returns the settings of scope `superuser`, for a session that received no options. `role` comes first: a role that
 * the database sets would hide that code in the session can become superuser again.
 */
export function superuserSettingsSql(scope: 'session' | 'transaction'): readonly string[] {
  const local = scope === 'transaction'
  const others = settingsOf('superuser').filter(({ name }) => name !== 'role')
  return [
    `SELECT pg_catalog.set_config('role', 'none', ${local})
       FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) session_user AND r.rolsuper`,
    `${whereKnown(others, setConfig('s.name', 'v.value', local))}
       JOIN pg_catalog.pg_roles r ON r.rolname OPERATOR(pg_catalog.=) current_user AND r.rolsuper`,
  ]
}

/** Reads what `requirePinned` and `connect` verify. */
export const pinnedSql = `
  SELECT pg_catalog.current_setting('search_path') AS path, pg_catalog.current_setting('${mark.name}', true) AS mark`

export interface Pinned {
  readonly path?: string
  readonly mark?: string | null
}

/** Throws a failure of kind refused unless the session, or the transaction, has our search_path and our mark. */
export function requirePinned(row: Pinned | undefined): void {
  if (row?.path === pinnedValue('search_path') && row.mark === mark.value) return
  throw new Failure(
    'postgres/pooler',
    'the server does not keep the settings of this session: a connection pooler is in front of it',
    {
      hint: 'Connect directly to the server, or use a pooler in session mode.',
    },
  )
}
