// Passes the pinned settings to a session as connection options, depending on what its server accepts.
import { randomBytes } from 'node:crypto'
import { type SessionSetting, type SettingScope, settingsOf } from './session-settings.ts'

/**
 * - `pinned`: every statement is ours; no settings of the role or the database are restored, and no view is read
 * - `resettable`: pinned until `resetSettings`, for SQL of the user and code of the database, which may read views
 * - `loading`: pinned, for the tools that restore a backup: materialized views and constraints may read views, but
 *   never foreign tables
 */
export type SessionKind = 'pinned' | 'resettable' | 'loading'

/** A setting with a random value, which proves that a session has received our settings. */
export const mark = { name: 'resguardo.session', value: randomBytes(8).toString('hex') } as const

/** The server, the database and the user's options of a session. */
interface SessionPlace {
  readonly host: string
  readonly port: number
  readonly user: string | undefined
  readonly database: string
  readonly options: string | undefined
}

/** Which connection options the server of an address accepts. */
export interface OptionSupport {
  /**
   * - `superuser`: all of them
   * - `user`: all except those of scope `superuser`
   * - `pooler`: a pooler refuses or drops options, and may run each transaction in another session
   * - `session-pooler`: a pooler refuses or drops options, but a connection to this database has a session to itself
   */
  readonly as: 'superuser' | 'user' | 'pooler' | 'session-pooler'
  /** Optional settings that the server has; undefined before the first session. */
  readonly has?: ReadonlySet<string> | undefined
}

const known = new Map<string, OptionSupport>()

const keyOf = ({ host, port, user }: SessionPlace): string => JSON.stringify([host, port, user])

/** Databases in which connections have a session to themselves. Poolers are configured for each database. */
const ownSessions = new Set<string>()

const keyOfDatabase = (address: SessionPlace): string => JSON.stringify([keyOf(address), address.database])

/** Returns the known option support, else the one to try first. */
export function optionSupportOf(address: SessionPlace): OptionSupport {
  const support = known.get(keyOf(address)) ?? { as: 'superuser' }
  return support.as === 'pooler' && ownSessions.has(keyOfDatabase(address))
    ? { ...support, as: 'session-pooler' }
    : support
}

/** Remembers that connections to this database have a session to themselves, even behind a pooler. */
export function rememberOwnSessions(address: SessionPlace): void {
  ownSessions.add(keyOfDatabase(address))
}

/** Remembers the option support for this process. */
export function rememberOptionSupport(address: SessionPlace, support: OptionSupport): void {
  known.set(keyOf(address), support)
}

function isPooler({ as }: OptionSupport): boolean {
  return as === 'pooler' || as === 'session-pooler'
}

/** Returns the scopes of the settings that a session receives as options; the others are set by SQL. */
export function optionScopes({ as }: OptionSupport, kind: SessionKind): SettingScope[] {
  return [
    'always',
    ...(kind === 'resettable' ? [] : (['names', 'views'] as const)),
    ...(as === 'superuser' ? ['superuser' as const] : []),
  ]
}

/** Returns the settings with the values for this kind of session. */
export function valuesFor(kind: SessionKind, settings: readonly SessionSetting[]): readonly SessionSetting[] {
  if (kind !== 'loading') return settings
  return settings.map((setting) => (setting.scope === 'views' ? { ...setting, value: 'foreign-table' } : setting))
}

/**
 * Returns the connection options of a session; undefined behind a pooler. Ours follow those of the URL, so that they
 * take precedence. A `resettable` session gets the settings of scope `names` by SQL, so that RESET restores those of
 * the role and the database.
 */
export function connectionOptions(
  address: SessionPlace,
  support: OptionSupport,
  kind: SessionKind = 'pinned',
): string | undefined {
  if (isPooler(support)) return undefined
  const settings = valuesFor(kind, settingsOf(...optionScopes(support, kind))).filter(
    ({ name, optional }) => !optional || support.has?.has(name),
  )
  const ours = [...settings, mark].map(({ name, value }) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`)
  // A backslash at the end of the URL's options would escape the space before ours.
  const theirs = address.options?.replace(/\\+$/, '')
  return [theirs, ...ours].filter(Boolean).join(' ')
}
