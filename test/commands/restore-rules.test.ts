import { describe, expect, test } from 'vitest'
import { restore } from '../../src/commands/restore/restore.ts'
import { collectInputs } from '../../src/inputs/parse.ts'
import { completed, lists } from '../support/lists.ts'

function broken(given: Record<string, string | string[]>): string[] {
  const { values } = collectInputs(completed(restore).inputs, (name) => {
    const text = name === 'database-url' ? 'postgresql://localhost/shop' : given[name]
    return text === undefined ? undefined : { text, from: `--${name}` }
  })
  return [...(restore.check?.(values, lists) ?? [])]
}

describe('valid combinations of inputs', () => {
  test.each([
    {},
    { undo: 'true' },
    { strategy: 'in-place', 'skip-safety-backup': 'true' },
    { strategy: 'new', 'target-database': 'copy', table: ['public.Product', '"a.b"."c"'] },
    { 'target-schema': 'rescued', schema: ['public'] },
    { 'health-url': 'https://shop.example/health' },
  ])('%j is accepted', (given) => expect(broken(given)).toEqual([]))
})

describe('invalid combinations of inputs', () => {
  test.each([
    [{ strategy: 'new' }, 1, 'target-database'],
    [{ 'target-database': 'x' }, 1, 'strategy new'],
    [{ strategy: 'new', 'target-database': 'x', 'target-schema': 'y', table: ['t'] }, 1, 'cannot be used together'],
    [{ table: ['t'] }, 1, 'a part never replaces the live database'],
    [{ 'target-schema': 'x' }, 1, '--target-schema needs --table or --schema'],
    [{ undo: 'true', strategy: 'in-place' }, 1, 'undo'],
    [{ 'health-url': 'ftp://x' }, 1, 'http'],
    [{ 'target-schema': 'x'.repeat(64), table: ['t'] }, 1, '63 bytes'],
    [{ 'skip-safety-backup': 'true', table: ['a.b.c'], 'health-url': 'x' }, 4, 'a.b.c'],
  ])('%j reports all problems at once', (given, count, words) => {
    const sentences = broken(given)
    expect(sentences).toHaveLength(count)
    expect(sentences.join('\n')).toContain(words)
  })
})
