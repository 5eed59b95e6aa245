import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CsvRows, endOfFirstField, fieldText } from '../../../../src/engines/postgres/tenants/dump/csv-rows.ts'

/** As COPY writes it: quotes where the text has a comma, a quote, a line's end, or is empty; NULL without any. */
function field(value: string | null): string {
  if (value === null) return ''
  return value === '' || /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

const values = fc.array(
  fc.array(fc.option(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', '🐘', '\\', '.') })), {
    minLength: 1,
    maxLength: 4,
  }),
  {
    maxLength: 12,
  },
)

test('rows come whole and in order, wherever the stream is cut', () => {
  fc.assert(
    fc.property(values, fc.array(fc.nat(40)), (rows, cuts) => {
      const lines = rows.map((row) => `${row.map(field).join(',')}\n`)
      const bytes = Buffer.from(lines.join(''))
      const found: string[] = []
      const keys: (string | undefined)[] = []
      const reader = new CsvRows((chunk, start, end) => {
        found.push(chunk.toString('utf8', start, end))
        keys.push(fieldText(chunk.toString('utf8', start, endOfFirstField(chunk, start, end))))
      })
      let at = 0
      for (const cut of [...cuts, bytes.length]) {
        reader.push(Buffer.from(bytes.subarray(at, at + cut)))
        at += cut
      }
      if (at < bytes.length) reader.push(bytes.subarray(at))
      reader.end()
      expect(found).toEqual(lines)
      expect(keys).toEqual(rows.map(([first]) => first ?? undefined))
      expect(reader.rows).toBe(rows.length)
    }),
  )
})

test('a chunk may be used again once it was pushed', () => {
  const found: string[] = []
  const reader = new CsvRows((chunk, start, end) => found.push(chunk.toString('utf8', start, end)))
  const chunk = Buffer.from('one,"t')
  reader.push(chunk)
  chunk.fill('x')
  reader.push(Buffer.from('wo"\n'))
  expect(found).toEqual(['one,"two"\n'])
})

test('a stream that ends within a row is an error', () => {
  const reader = new CsvRows(() => {})
  reader.push(Buffer.from('a,"b\n'))
  expect(() => reader.end()).toThrow(/within a row/)
})
