import { expect, test } from 'vitest'
import { tablesAhead } from '../../../../src/engines/postgres/tenants/dump/tables-ahead.ts'
import type { CsvSource } from '../../../../src/engines/postgres/tenants/dump/zip.ts'

const asked: string[] = []

async function* tables(names: readonly string[], failing?: string): AsyncGenerator<CsvSource> {
  for (const name of names) {
    let rows = 0
    async function* read(): AsyncGenerator<Buffer> {
      asked.push(name)
      for (let row = 1; row <= 3; row += 1) {
        if (name === failing && row === 2) throw new Error(`${name} cannot be read`)
        rows = row
        yield Buffer.from(`${name} ${row}\n`)
      }
    }
    const table = { schema: 'public', table: name, file: `${name}.csv`, columns: [], group: 0 }
    yield { table, header: Buffer.from('h\n'), read, rows: () => rows }
  }
}

async function contentsOf(sources: AsyncIterable<CsvSource>): Promise<Record<string, string>> {
  const contents: Record<string, string> = {}
  for await (const { table, read, rows } of sources) {
    const pieces = await Array.fromAsync(read())
    contents[table.table] = `${Buffer.concat(pieces)}${rows()}`
  }
  return contents
}

test('each table gives its own rows, and their number', async () => {
  expect(await contentsOf(tablesAhead(tables(['a', 'b'])))).toEqual({ a: 'a 1\na 2\na 3\n3', b: 'b 1\nb 2\nb 3\n3' })
})

test('the next table is read while the first one waits', async () => {
  asked.length = 0
  const ahead = tablesAhead(tables(['a', 'b']))
  await ahead.next()
  await expect.poll(() => asked).toEqual(['a', 'b'])
  await ahead.return(undefined)
})

test('a table that cannot be read fails where it is read', async () => {
  const ahead = tablesAhead(tables(['a', 'b'], 'b'))
  const first = await ahead.next()
  expect((await Array.fromAsync((first.value as CsvSource).read())).length).toBe(3)
  const second = await ahead.next()
  await expect(Array.fromAsync((second.value as CsvSource).read())).rejects.toThrow('b cannot be read')
})
