// Tables read ahead of the ZIP they go into: the server writes the next ones while what it wrote is compressed.
import { readAhead } from '../../../../streams/read-ahead.ts'
import type { CsvSource } from './zip.ts'

/** Bytes that wait: some seconds of compressing. */
const limit = 16 << 20

type Step = { readonly table: CsvSource } | { readonly rows: Buffer } | { readonly end: true }

/** The same tables. What their `read` gives must be buffers of their own, for they wait. */
export async function* tablesAhead(tables: AsyncIterable<CsvSource>): AsyncGenerator<CsvSource> {
  const steps = readAhead(stepsOf(tables), (step) => ('rows' in step ? step.rows.length : 0), limit)
  async function* read(): AsyncGenerator<Buffer> {
    for (let step = await steps.next(); !step.done && 'rows' in step.value; step = await steps.next())
      yield step.value.rows
  }
  try {
    for (let step = await steps.next(); !step.done; step = await steps.next()) {
      if ('table' in step.value) yield { ...step.value.table, read }
    }
  } finally {
    await steps.return(undefined)
  }
}

async function* stepsOf(tables: AsyncIterable<CsvSource>): AsyncGenerator<Step> {
  for await (const table of tables) {
    yield { table }
    for await (const rows of table.read()) yield { rows }
    yield { end: true }
  }
}
