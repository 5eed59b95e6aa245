// Failures for an RDB that is damaged or not supported.
import { Failure } from '../../../domain/failures/failure.ts'

/** Returns the failure for bytes that cannot be an RDB. `offset`: approximate bytes before the fault. */
export function damaged(what: string, offset?: number): Failure {
  const where = offset === undefined ? '' : ` (near byte ${offset})`
  return new Failure('redis/rdb-damaged', `the RDB is damaged: ${what}${where}`, {
    hint: 'Use another copy, or make a new backup.',
  })
}

/** Returns the failure for an RDB that may be valid, but that this release cannot read. */
export function unreadable(what: string, until = 'exclude such keys with --redis-pattern, or '): Failure {
  return new Failure('redis/rdb-unknown', `the RDB contains ${what}, which this version of Resguardo cannot read`, {
    hint: `Update Resguardo. Until then, ${until}copy the RDB of the stopped server.`,
  })
}
