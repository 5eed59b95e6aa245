import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { RowSum } from '../../../../src/engines/postgres/archive/row-sum.ts'

const sumOf = (...chunks: string[]) => {
  const sum = new RowSum()
  for (const chunk of chunks) sum.update(Buffer.from(chunk))
  return sum.digest()
}

test('no rows sum up to nothing', () => expect(sumOf()).toBe('0'.repeat(64)))

test('one row is its own digest', () => {
  expect(sumOf('a\tb\n')).toBe(createHash('sha256').update('a\tb\n').digest('hex'))
})

test('the order of rows means nothing, their number and content do', () => {
  expect(sumOf('a\nbb\n\nc\n')).toBe(sumOf('c\n\nbb\na\n'))
  expect(sumOf('a\na\n')).not.toBe(sumOf('a\n'))
  expect(sumOf('ab\nc\n')).not.toBe(sumOf('a\nbc\n'))
})

test('rows may be cut anywhere, and the buffer used again', () => {
  const text = 'first\nsecond row\n\nlast\n'
  const buffer = Buffer.alloc(text.length)
  for (let size = 1; size <= text.length; size += 1) {
    const sum = new RowSum()
    for (let at = 0; at < text.length; at += size) {
      const length = buffer.write(text.slice(at, at + size))
      sum.update(buffer.subarray(0, length))
      buffer.fill(0x78)
    }
    expect(sum.digest()).toBe(sumOf(text))
  }
})
