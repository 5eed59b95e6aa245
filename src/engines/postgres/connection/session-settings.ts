// The settings of every session of Resguardo and its client tools. They override those of the URL, the role and the
// database.

/**
 * - `always`: never reset
 * - `names`: they decide what SQL means; `resetSettings` resets them for SQL of the user
 * - `views`: not in `resettable` sessions
 * - `superuser`: only a superuser may set these, and only a superuser needs them
 */
export type SettingScope = 'always' | 'names' | 'views' | 'superuser'

export interface SessionSetting {
  readonly name: string
  readonly value: string
  readonly scope: SettingScope
  /** Not in every version of PostgreSQL: set only if the server has it. */
  readonly optional?: true
  /** What happens without it. */
  readonly why: string
}

const setting = (scope: SettingScope, name: string, value: string, why: string): SessionSetting => ({
  scope,
  name,
  value,
  why,
})
const optional = (...row: Parameters<typeof setting>): SessionSetting => ({ ...setting(...row), optional: true })

/**
 * Not set on purpose: `default_toast_compression`, which changes how values are stored but not the values, and settings
 * that change only speed, such as `work_mem`.
 */
const sessionSettings: readonly SessionSetting[] = [
  // What SQL means.
  setting('names', 'search_path', 'pg_catalog, pg_temp', 'an object of the database takes the place of a built-in one'),
  setting('names', 'row_security', 'off', 'policies hide rows; without them such a query fails'),
  setting(
    'names',
    'standard_conforming_strings',
    'on',
    'a backslash in a literal changes what the statement says, and warns',
  ),
  setting('names', 'quote_all_identifiers', 'off', 'definitions and names differ from those of the backup'),
  setting('names', 'array_nulls', 'on', 'NULL in an array is read as the text "NULL"'),
  setting('names', 'transform_null_equals', 'off', '`= NULL` means IS NULL'),
  // How values are written and read.
  setting('always', 'DateStyle', 'ISO', 'dates are ambiguous'),
  setting('always', 'IntervalStyle', 'postgres', 'intervals lose their sign'),
  setting('always', 'TimeZone', 'UTC', 'the digest of a timestamp depends on the zone'),
  setting('always', 'extra_float_digits', '3', 'floating-point numbers lose digits'),
  setting('always', 'bytea_output', 'hex', 'the digest of a bytea depends on the format'),
  setting('always', 'lc_monetary', 'C', 'money depends on the locale'),
  setting('always', 'xmlbinary', 'base64', 'XML depends on the format'),
  setting('always', 'xmloption', 'content', 'XML that is not a whole document does not load'),
  // Timeouts.
  setting('always', 'statement_timeout', '0', 'a long COPY ends'),
  setting('always', 'lock_timeout', '0', 'a statement that waits for a lock ends; ours set a limit of their own'),
  setting('always', 'idle_in_transaction_session_timeout', '0', 'the session that holds locks and snapshot ends'),
  optional('always', 'idle_session_timeout', '0', 'the session that holds the lock of a run ends'),
  optional('always', 'transaction_timeout', '0', 'the transaction that holds locks and snapshot ends'),
  optional('always', 'tcp_user_timeout', '0', 'a short stall of the network ends the session'),
  // How transactions begin and end.
  setting('always', 'default_transaction_read_only', 'off', 'a restore cannot write'),
  setting('always', 'default_transaction_isolation', 'read committed', 'serializable transactions fail, and wait'),
  setting('always', 'default_transaction_deferrable', 'off', 'a transaction waits for all others'),
  setting('always', 'synchronous_commit', 'on', 'a crash loses a restore that was reported as complete'),
  // Where and how objects are created.
  setting('always', 'check_function_bodies', 'off', 'a function cannot be made before what its body names'),
  setting('always', 'default_tablespace', '', 'tables go to a tablespace that the backup does not name'),
  setting('always', 'temp_tablespaces', '', 'temporary tables need a right on a tablespace'),
  optional('always', 'default_table_access_method', 'heap', 'the table of runs is made where rows cannot be updated'),
  // Performance.
  setting('always', 'jit', 'off', 'a catalogue query is compiled for seconds and runs for milliseconds'),
  // Messages.
  setting('always', 'client_min_messages', 'warning', 'notices take the place of the error in what a tool says'),
  // Code of the database that could run in our sessions.
  setting('always', 'constraint_exclusion', 'off', 'the planner runs functions in CHECK constraints with our rights'),
  optional(
    'views',
    'restrict_nonsystem_relation_kind',
    'view, foreign-table',
    'a view in the place of a table runs its code with our rights',
  ),
  setting('superuser', 'session_replication_role', 'replica', 'triggers and rules run with the rights of a superuser'),
  setting('superuser', 'role', 'none', 'SET ROLE hides a superuser, which code becomes again by SET ROLE NONE'),
  optional('superuser', 'event_triggers', 'off', 'event triggers run with the rights of a superuser'),
  setting('superuser', 'zero_damaged_pages', 'off', 'rows of damaged pages are missing in a backup'),
  setting('superuser', 'ignore_checksum_failure', 'off', 'rows of damaged pages are wrong in a backup'),
]

/**
 * If one of these is on, the server ignores damaged pages. Only a superuser can turn them off, so backups as other
 * roles are refused.
 */
export const damageSettings: readonly string[] = ['zero_damaged_pages', 'ignore_checksum_failure']

/** The settings of these scopes, in the order of the list. */
export function settingsOf(...scopes: readonly SettingScope[]): readonly SessionSetting[] {
  return sessionSettings.filter(({ scope }) => scopes.includes(scope))
}

/** The value of a setting of the list. */
export function pinnedValue(name: string): string {
  return sessionSettings.find((each) => each.name === name)?.value ?? ''
}
