import { expect, test } from 'vitest'
import { LineMarks } from '../../../../src/engines/postgres/tenants/dump/line-marks.ts'

test.each([
  ['a\n\\.\nb\n', true],
  ['a\n"x\n\\.\r\nb"\n', true],
  ['a\n\\.b\n', true],
  ['a\n\\,.\n', false],
  ['a\\.\n.\\.\n', false],
  ['', false],
])('%j has a line that begins with \\.: %j, for every split into chunks', (text, expected) => {
  const bytes = Buffer.from(text)
  for (let size = 1; size <= Math.max(1, bytes.length); size += 1) {
    const marks = new LineMarks()
    const buffer = Buffer.alloc(size)
    for (let at = 0; at < bytes.length; at += size) marks.push(buffer.subarray(0, bytes.copy(buffer, 0, at, at + size)))
    expect(marks.found, `pieces of ${size}`).toBe(expected)
  }
})
