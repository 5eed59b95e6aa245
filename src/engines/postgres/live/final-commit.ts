// Removes the final COMMIT from a script of pg_restore for one transaction: the caller decides whether to commit.
import { Failure } from '../../../domain/failures/failure.ts'
import { allButEnd } from '../load/all-but-end.ts'

/** The end of the script: the commit, a comment, and since August 2025 the end of psql's restricted mode. */
const ending = /\nCOMMIT;\n+((?:--[^\n]*\n|\n|\\unrestrict [^\n]*\n)*)$/
const held = 4096

/**
 * Yields the script without its final COMMIT. Throws a failure of kind tool before the last bytes if there is no
 * COMMIT.
 */
export async function* withoutFinalCommit(script: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const text = (yield* allButEnd(script, held)).toString('latin1')
  const match = ending.exec(text)
  if (!match)
    throw new Failure(
      'restore/not-committed',
      'the script of pg_restore does not end as expected, so nothing was committed',
      {
        hint: 'Report this with the version of pg_restore. --strategy swap is not affected.',
      },
    )
  yield Buffer.from(`${text.slice(0, match.index)}\n${match[1]}`, 'latin1')
}
