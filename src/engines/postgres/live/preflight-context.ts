// Data that the preflight checks of a restore read from the live database once.
import type pg from 'pg'
import type { RestoreRequest } from '../../../ports/restore.ts'
import type { LiveContext } from './context.ts'
import type { Properties } from './properties.ts'

export interface PreflightContext {
  readonly context: LiveContext
  readonly request: RestoreRequest
  /** Connection to the maintenance database, or to the live one if no other accepts the login. */
  readonly client: pg.Client
  /** Properties of the live database; undefined if it does not exist. */
  readonly live: Properties | undefined
}
