// How the readers of an archive say that its bytes are not what pg_dump writes.
import { Failure } from '../../../domain/failures/failure.ts'

const hint = 'Make a new dump. If it fails in the same way, report the versions of the archive and of pg_dump.'

/** A failure of kind `integrity` that names the offset in the archive where reading went wrong. */
export function damagedAt(offset: number, what: string): Failure {
  return new Failure('archive/damaged', `the archive is damaged at byte ${offset}: ${what}`, { hint })
}

/** The same within one file of a directory archive. */
export function damagedFile(file: string, what: string): Failure {
  return new Failure('archive/damaged', `the archive's file ${file} is damaged: ${what}`, { hint })
}

/** A failure of kind `integrity` for what no single offset shows. */
export function damaged(what: string): Failure {
  return new Failure('archive/damaged', `the archive is damaged: ${what}`, { hint })
}
