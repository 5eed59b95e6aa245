// Reads tables ahead of compression: the server sends the next rows while earlier ones are compressed.
import { readAhead } from '../../../../streams/read-ahead.ts'
import type { CsvSource } from './zip.ts'

/** Maximum bytes read ahead: compressing them takes some seconds. */
const limit = 16 << 20

type Step = { readonly table: CsvSource } | { readonly rows: Buffer } | { readonly end: true }

/** Yields the same tables, read ahead. Their `read` must not reuse a buffer that it has yielded. */
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
