// Maps a permission error, in work with an owner's rights, to a failure.
import { Failure } from '../../../domain/failures/failure.ts'

/** Returns a failure `restore/owner-rights` if the error reports a missing privilege, otherwise the error itself. */
export function asLackingRight(error: unknown, who: string, hint: string): unknown {
  if (!(error instanceof Failure) || !/permission denied|must be (owner|superuser|member|able)/i.test(error.message))
    return error
  return new Failure('restore/owner-rights', `${who} lacks a privilege that the restore needs: ${error.message}`, {
    hint,
    cause: error,
  })
}
