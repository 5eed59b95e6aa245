// Limits the total time of short work with a database.
import { Failure } from '../../../domain/failures/failure.ts'
import { withDeadline } from '../../../streams/time-limits.ts'

/**
 * Returns the result of `work`. Throws a Failure of kind unreachable after this many seconds; `work` is not stopped.
 */
export function withTimeLimit<T>(seconds: number, where: string, work: Promise<T>): Promise<T> {
  return withDeadline(
    seconds,
    () => work,
    () =>
      new Failure('postgres/timeout', `no answer within ${seconds} s from ${where}`, {
        hint: 'Check whether the server is overloaded, or a firewall drops idle connections.',
      }),
  )
}
