// Generated parts of pages: filled in place, and never silently left out.
import { expect, test } from 'vitest'
import { fillBlocks, table } from '../../scripts/generate/blocks.ts'

const page = 'before\n<!-- generated: commands -->\nold\n<!-- end -->\nafter\n'

test('a block is replaced and what stands around it stays', () => {
  const filled = fillBlocks(page, { commands: 'new $1' })
  expect(filled).toBe('before\n<!-- generated: commands -->\nnew $1\n<!-- end -->\nafter\n')
  expect(fillBlocks(filled, { commands: 'new $1' })).toBe(filled)
})

test('a block without a place, and a place without a block, are errors', () => {
  expect(() => fillBlocks(page, { commands: '', other: '' })).toThrow('no place for the generated other')
  expect(() => fillBlocks(page, {})).toThrow('no generated block named commands')
})

test('bars in cells do not break a table', () => {
  expect(table(['a'], [['x|y']])).toBe('| a |\n| --- |\n| x\\|y |')
})
