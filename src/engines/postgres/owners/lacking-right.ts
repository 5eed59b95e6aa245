// The failure of work with the rights of an owner who lacks a privilege for it.
import { Failure } from '../../../domain/failures/failure.ts'

/** The error itself where it is about something else. */
export function asLackingRight(error: unknown, who: string, hint: string): unknown {
  if (!(error instanceof Failure) || !/permission denied|must be (owner|superuser|member|able)/i.test(error.message))
    return error
  return new Failure('restore/owner-rights', `${who} lacks a privilege that the restore needs: ${error.message}`, {
    hint,
    cause: error,
  })
}
