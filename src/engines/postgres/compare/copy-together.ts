// Several `COPY … TO STDOUT` in one query, because a round trip costs more than the rows of a small table.
import type pg from 'pg'

/** The part of `pg`'s interface of queries that it calls for COPY. */
class Copies {
  readonly #sql: string
  readonly #onData: (at: number, chunk: Buffer) => void
  readonly #settle: (error?: unknown) => void
  #at = 0

  constructor(sql: string, onData: (at: number, chunk: Buffer) => void, settle: (error?: unknown) => void) {
    this.#sql = sql
    this.#onData = onData
    this.#settle = settle
  }

  submit(connection: { query(sql: string): void }): void {
    connection.query(this.#sql)
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    this.#onData(this.#at, chunk)
  }

  handleCommandComplete(): void {
    this.#at += 1
  }

  handleReadyForQuery(): void {
    this.#settle()
  }

  handleError(error: unknown): void {
    this.#settle(error)
  }
}

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
    const settle = (error?: unknown): void => (error === undefined ? resolve() : reject(error))
    client.query(new Copies(statements.join(';\n'), onData, settle))
  })
}
