// Hints for load methods that can neither retry nor skip a failed object.
import { Failure } from '../../../domain/failures/failure.ts'
import type { FailureCode } from '../../../domain/failures/failure-codes.ts'

const aboutObjects: readonly FailureCode[] = ['restore/inconsistent-backup', 'restore/load-failed']

/** Returns the failure with this hint if it is about an object of the backup, otherwise the error itself. */
export function inOnePass(error: unknown, hint: string): unknown {
  return error instanceof Failure && aboutObjects.includes(error.code) ? error.restate(error.message, hint) : error
}

export const plainHint =
  'A plain dump is restored as a whole. To restore the other objects by hand: zstd -dc database.sql.zst | psql -d DATABASE. psql continues after objects that fail.'

export const inPlaceHint =
  'A restore in place cannot skip an object. Use --strategy swap or new: they restore such an object with the search_path of the database, and new also accepts --on-error report.'

export function streamedHint(folder: string): string {
  return `${folder} had too little space for the archive, so it was streamed. With a larger folder (--temporary), such an object is restored with the search_path of the database, and --on-error report works.`
}

/** For a client that is too new for the server, so that the archive is restored as a script. */
export function scriptHint(client: number, server: number): string {
  return `The client of version ${client} cannot skip objects when it restores into PostgreSQL ${server}. Restore into PostgreSQL ${client}. Or restore the other objects by hand: pg_restore --file=- ARCHIVE | psql -d DATABASE. psql continues after objects that fail.`
}
