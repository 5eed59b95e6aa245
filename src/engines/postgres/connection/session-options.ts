// How the pinned settings reach a session: as connection options, by what is known of its server.
import { randomBytes } from 'node:crypto'
import { type SessionSetting, type SettingScope, settingsOf } from './session-settings.ts'

/**
 * - `pinned`: every statement is ours; nothing gives the settings of the role or the database back, and no view of the
 *   database is read
 * - `resettable`: pinned as well, until `giveSettingsBack`, for SQL of the user's own and code of the database, which
 *   may read views
 * - `loading`: pinned, for the tools that restore a backup: materialized views and constraints read views, and never
 *   foreign tables
 */
export type SessionKind = 'pinned' | 'resettable' | 'loading'

/** Set by the options alone, to a value that nobody can know: a session that has it has received the options. */
export const mark = { name: 'resguardo.session', value: randomBytes(8).toString('hex') } as const

/** The server, the database and the user's options of a session. */
interface SessionPlace {
  readonly host: string
  readonly port: number
  readonly user: string | undefined
  readonly database: string
  readonly options: string | undefined
}

/** How the server of an address takes connection options. */
export interface Reception {
  /**
   * - `superuser`: all of them
   * - `user`: all but those of scope `superuser`
   * - `pooler`: a pooler refuses or drops options, and may hand each transaction to another session
   * - `session-pooler`: a pooler refuses or drops options, but sessions are ours alone: seen in this database
   */
  readonly as: 'superuser' | 'user' | 'pooler' | 'session-pooler'
  /** Those optional settings that the server has; undefined before the first session. */
  readonly has?: ReadonlySet<string> | undefined
}

const known = new Map<string, Reception>()

const keyOf = ({ host, port, user }: SessionPlace): string => JSON.stringify([host, port, user])

/** Poolers are configured for each database. */
const ownSessions = new Set<string>()

const keyOfDatabase = (address: SessionPlace): string => JSON.stringify([keyOf(address), address.database])

/** What is known; else the reception to try first. */
export function receptionOf(address: SessionPlace): Reception {
  const reception = known.get(keyOf(address)) ?? { as: 'superuser' }
  return reception.as === 'pooler' && ownSessions.has(keyOfDatabase(address))
    ? { ...reception, as: 'session-pooler' }
    : reception
}

/** Remembers that sessions of this database are ours alone, whatever stands in between. */
export function rememberOwnSessions(address: SessionPlace): void {
  ownSessions.add(keyOfDatabase(address))
}

/** Remembers the reception for this process. */
export function rememberReception(address: SessionPlace, reception: Reception): void {
  known.set(keyOf(address), reception)
}

function isPooler({ as }: Reception): boolean {
  return as === 'pooler' || as === 'session-pooler'
}

/** What a session receives as options; the rest of `pinned` and `resettable` is set by SQL. */
export function optionScopes({ as }: Reception, kind: SessionKind): SettingScope[] {
  return [
    'always',
    ...(kind === 'resettable' ? [] : (['names', 'views'] as const)),
    ...(as === 'superuser' ? ['superuser' as const] : []),
  ]
}

/** With the values of this kind of session. */
export function valuesFor(kind: SessionKind, settings: readonly SessionSetting[]): readonly SessionSetting[] {
  if (kind !== 'loading') return settings
  return settings.map((setting) => (setting.scope === 'views' ? { ...setting, value: 'foreign-table' } : setting))
}

/**
 * The connection options of a session, or undefined where a pooler stands in between. Ours follow those of the URL, so
 * that they win. A `resettable` session gets its names by SQL: then RESET gives back what the role and the database
 * say.
 */
export function connectionOptions(
  address: SessionPlace,
  reception: Reception,
  kind: SessionKind = 'pinned',
): string | undefined {
  if (isPooler(reception)) return undefined
  const settings = valuesFor(kind, settingsOf(...optionScopes(reception, kind))).filter(
    ({ name, optional }) => !optional || reception.has?.has(name),
  )
  const ours = [...settings, mark].map(({ name, value }) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`)
  // A backslash at the end of the URL's options would swallow the space before ours.
  const theirs = address.options?.replace(/\\+$/, '')
  return [theirs, ...ours].filter(Boolean).join(' ')
}
