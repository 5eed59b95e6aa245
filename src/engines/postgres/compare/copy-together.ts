// Runs several `COPY … TO STDOUT` in one query, because a round trip takes longer than reading a small table.
import type pg from 'pg'

/**
 * Runs the statements in one transaction. Calls `onData` with the index of the statement and bytes of its output; the
 * buffer is overwritten afterwards. Throws the first error of the server; the statements after it are not run.
 */
export function copyTogether(
  client: pg.Client,
  statements: readonly string[],
  onData: (at: number, chunk: Buffer) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let at = 0
    // The part of pg's query interface that pg calls for COPY.
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
