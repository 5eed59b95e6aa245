// What the checks before a restore read from the live database, once for all of them.
import type pg from 'pg'
import type { RestoreRequest } from '../../../operations/platform-ports.ts'
import type { LiveContext } from './context.ts'
import type { Properties } from './properties.ts'

export interface PreflightContext {
  readonly context: LiveContext
  readonly request: RestoreRequest
  /** To the maintenance database, or to the live one where no other lets us in. */
  readonly client: pg.Client
  /** Of the live database; undefined if it is gone. */
  readonly live: Properties | undefined
}
