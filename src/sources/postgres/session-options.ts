// The settings of every session of Resguardo, whatever the URL, the role or the database sets.
import { randomBytes } from 'node:crypto'
import type { Address } from './address.ts'

/** The settings under which rows are read and compared: those of pg_dump, and what a database may override (see docs/decisions). */
export const contentSettings: Readonly<Record<string, string>> = {
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmlbinary: 'base64',
  client_encoding: 'UTF8',
}

/**
 * The settings that decide what our SQL means. A name resolves in pg_catalog, so that no object of the database can take the place of
 * a built-in one; pg_temp is named because PostgreSQL would search it first otherwise. Policies never run: a query that they would
 * filter fails instead.
 */
export const pinnedSettings: Readonly<Record<string, string>> = {
  search_path: 'pg_catalog, pg_temp',
  row_security: 'off',
  standard_conforming_strings: 'on',
  quote_all_identifiers: 'off',
  array_nulls: 'on',
  transform_null_equals: 'off',
}

/** No time limit of the server may end long work. */
export const unlimited: Readonly<Record<string, string>> = {
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
}

/** Set by the options alone, to a value that nobody can know: a session that has it has received the options. */
export const mark = { name: 'resguardo.session', value: randomBytes(8).toString('hex') } as const

/**
 * How the server of an address takes connection options; learned by `connect`.
 * - `superuser`: all options, and those that keep event triggers from running in our sessions
 * - `superuser-17`: the same on PostgreSQL 17 or later
 * - `options`: all options
 * - `pooler`: a pooler refuses or drops options
 */
export type Reception = 'superuser' | 'superuser-17' | 'options' | 'pooler'

/**
 * Event triggers run with the rights of whoever executes a command, or connects. Triggers of tables and rules do not run either. A
 * role that the database sets would hide that the session is a superuser's, which code in it becomes again by SET ROLE NONE.
 */
export const quiet: Readonly<Partial<Record<Reception, Readonly<Record<string, string>>>>> = {
  superuser: { session_replication_role: 'replica', role: 'none' },
  'superuser-17': { session_replication_role: 'replica', role: 'none', event_triggers: 'off' },
}

const known = new Map<string, Reception>()

const keyOf = ({ host, port, user }: Address): string => JSON.stringify([host, port, user])

/** The reception to try first. */
export function receptionOf(address: Address): Reception {
  return known.get(keyOf(address)) ?? 'superuser'
}

/** Remembers the reception for this process. */
export function rememberReception(address: Address, reception: Reception): void {
  known.set(keyOf(address), reception)
}

/**
 * The connection options of a session, or undefined where a pooler stands in between. Ours follow those of the URL, so that they win.
 * `pinned` false leaves out `pinnedSettings`: then RESET gives back what the role and the database say.
 */
export function connectionOptions(address: Address, reception: Reception, pinned = true): string | undefined {
  if (reception === 'pooler') return undefined
  const settings = {
    ...contentSettings,
    ...unlimited,
    [mark.name]: mark.value,
    ...(pinned ? pinnedSettings : {}),
    ...quiet[reception],
  }
  const ours = Object.entries(settings)
    .filter(([name]) => name !== 'client_encoding')
    .map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '')}`)
  // A backslash at the end of the URL's options would swallow the space before ours.
  const theirs = address.options?.replace(/\\+$/, '')
  return [theirs, ...ours].filter(Boolean).join(' ')
}
