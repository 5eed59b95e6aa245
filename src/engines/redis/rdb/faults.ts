// What can be wrong with an RDB, as failures.
import { Failure } from '../../../domain/failures/failure.ts'

/** Bytes that cannot be an RDB. `offset`: bytes before the fault, about. */
export function damaged(what: string, offset?: number): Failure {
  const where = offset === undefined ? '' : ` (near byte ${offset})`
  return new Failure('redis/rdb-damaged', `the RDB is damaged: ${what}${where}`, {
    hint: 'Use another copy, or make a new backup.',
  })
}

/** An RDB that may be sound, but that this release cannot read. */
export function unreadable(what: string, until = 'exclude such keys with --redis-pattern, or '): Failure {
  return new Failure('redis/rdb-unknown', `the RDB contains ${what}, which this version of Resguardo cannot read`, {
    hint: `Update Resguardo. Until then, ${until}copy the RDB of the stopped server.`,
  })
}
