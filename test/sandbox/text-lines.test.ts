// Lines out of a stranger's bytes.
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { textLines } from '../../src/sandbox/text-lines.ts'

async function linesOf(...chunks: (string | Buffer)[]): Promise<string[]> {
  return Array.fromAsync(textLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk)))))
}

test('line feeds and carriage returns end lines, and the last needs no end', async () => {
  expect(await linesOf('a\nb\r\nc\rd')).toEqual(['a', 'b', 'c', 'd'])
})

test('a line and a character may come in pieces', async () => {
  const [head, tail] = [Buffer.from('né').subarray(0, 2), Buffer.from('né').subarray(2)]
  expect(await linesOf(head, tail, ' one\n')).toEqual(['né one'])
})

test('a line without end comes in pieces that fit into memory', async () => {
  const lines = await linesOf(...Array.from({ length: 10 }, () => 'x'.repeat(10_000)))
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(30_000)
  expect(lines.join('')).toHaveLength(100_000)
})
