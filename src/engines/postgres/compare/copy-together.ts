// Several `COPY … TO STDOUT` in one query, because a round trip costs more than the rows of a small table.
import type pg from 'pg'

/**
 * Runs the statements in one transaction. Calls `onData` with the place of the statement and bytes of its output, which
 * are overwritten afterwards. Throws the first error of the server; the statements after it are not run.
 */
export function copyTogether(
  client: pg.Client,
  statements: readonly string[],
  onData: (at: number, chunk: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let at = 0
    // The part of pg's interface of queries that it calls for COPY.
    client.query({
      submit: (connection: pg.Connection) => connection.query(statements.join(';\n')),
      handleCopyData: ({ chunk }: { readonly chunk: Buffer }) => onData(at, chunk),
      handleCommandComplete() {
        at += 1
      },
      handleReadyForQuery: () => resolve(),
      handleError: reject,
    } as pg.Submittable)
  })
}
