import { expect, test } from 'vitest'
import { FlaggedRows } from '../../../../src/engines/postgres/tenants/dump/flagged-rows.ts'

const csv = '1,"a, b",\n2,"two\n""lines"",\n",1\n3,,\n"",1\n,\n'
const without = '1,"a, b"\n2,"two\n""lines"",\n"\n3,\n""\n\n'

test('the flag is taken off, wherever the stream is cut', () => {
  for (let size = 1; size <= csv.length; size += 1) {
    const rows = new FlaggedRows()
    const out: string[] = []
    for (let at = 0; at < csv.length; at += size) out.push(rows.push(Buffer.from(csv.slice(at, at + size))).toString())
    rows.end()
    expect(out.join('')).toBe(without)
    expect(rows).toMatchObject({ rows: 5, flagged: 2 })
  }
})

test('a stream that ends within a row is an error', () => {
  const rows = new FlaggedRows()
  expect(rows.push(Buffer.from('1,"a')).length).toBe(0)
  expect(() => rows.end()).toThrow(/within a row/)
})
