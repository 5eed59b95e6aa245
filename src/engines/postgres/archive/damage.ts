// Failures for archives whose bytes are not what pg_dump writes.
import { Failure } from '../../../domain/failures/failure.ts'

const hint = 'Make a new dump. If it fails in the same way, report the versions of the archive and of pg_dump.'

/** A Failure of kind `integrity` that names the offset of the damage in the archive. */
export function damagedAt(offset: number, what: string): Failure {
  return new Failure('archive/damaged', `the archive is damaged at byte ${offset}: ${what}`, { hint })
}

/** A Failure of kind `integrity` that names the damaged file of a directory archive. */
export function damagedFile(file: string, what: string): Failure {
  return new Failure('archive/damaged', `the archive's file ${file} is damaged: ${what}`, { hint })
}

/** A Failure of kind `integrity` for damage without a single offset. */
export function damaged(what: string): Failure {
  return new Failure('archive/damaged', `the archive is damaged: ${what}`, { hint })
}
