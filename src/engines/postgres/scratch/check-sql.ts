// Runs a check of the user: SQL that must return true.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Address } from '../connection/address.ts'
import { resetSettings, withClient } from '../connection/connect.ts'
import { asReader } from '../owners/as-reader.ts'

export interface CheckOutcome {
  readonly passed: boolean
  /** The result, or the error message of the server. */
  readonly detail: string
}

/**
 * Runs SQL in a read-only transaction with the privilege to read every table and no other, because functions of the
 * backup may run. It passes with at least one row, if the first column of every row is true, or with a single row whose
 * first column is a number above zero. SQL that fails does not pass; a syntax error throws `drill/check-sql`.
 */
export async function checkSql(address: Address, sql: string, signal: AbortSignal): Promise<CheckOutcome> {
  const work = async (client: pg.Client): Promise<CheckOutcome> => {
    signal.throwIfAborted()
    const stop = (): void => void client.end().catch(() => {})
    signal.addEventListener('abort', stop, { once: true })
    try {
      await resetSettings(client)
      await client.query('BEGIN READ ONLY')
      const answer = await client.query({ text: sql, rowMode: 'array' })
      const last = Array.isArray(answer) ? answer.at(-1) : answer
      return evaluate((last?.rows ?? []) as unknown[][])
    } catch (error) {
      signal.throwIfAborted()
      if ((error as { code?: string }).code === syntaxError) throw unreadable(sql, error)
      return { passed: false, detail: (error as Error).message }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
  return asReader(address, (reader) => withClient(reader, work, 'resettable'))
}

const syntaxError = '42601'

/** A syntax error is no statement about the backup, so the drill has no result and no record. */
function unreadable(sql: string, cause: unknown): Failure {
  return new Failure('drill/check-sql', `check-sql failed: ${sql} (${(cause as Error).message})`, {
    hint: 'Correct the statement and run the drill again; nothing was recorded.',
    cause,
  })
}

function evaluate(rows: readonly unknown[][]): CheckOutcome {
  if (rows.length === 0) return { passed: false, detail: 'it returned no rows' }
  const first = rows.map(([value]) => value)
  if (first.every((value) => value === true))
    return { passed: true, detail: rows.length === 1 ? 'true' : `true, ${rows.length} times` }
  const [only] = first
  const isNumber = typeof only === 'number' || (typeof only === 'string' && /^-?\d+(\.\d+)?$/.test(only))
  if (rows.length === 1 && isNumber) return { passed: Number(only) > 0, detail: String(only) }
  const other = first.find((value) => value !== true)
  return { passed: false, detail: `it returned ${show(other)}, not true or a number above zero` }
}

function show(value: unknown): string {
  return value === null || value === undefined ? 'NULL' : String(value).slice(0, 100)
}
