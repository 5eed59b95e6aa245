import { describe, expect, test } from 'vitest'
import type { TocEntry } from '../../../../src/engines/postgres/archive/toc-entry.ts'
import { deferEntries } from '../../../../src/engines/postgres/load/deferred-entries.ts'

const entry = (dumpId: number, description: string, tag: string, ...dependencies: number[]): TocEntry => ({
  ...{ dumpId, hadData: false, tag, description, schema: 'public', section: 'post-data', definition: '', dependencies },
})
const tags = (entries: readonly TocEntry[]) => entries.map(({ description, tag }) => `${description} ${tag}`)

test('an archive that acts in no way is restored as it is', () => {
  const entries = [
    entry(1, 'TABLE', 't'),
    entry(2, 'MATERIALIZED VIEW', 'm', 1),
    entry(3, 'MATERIALIZED VIEW DATA', 'm', 2),
  ]
  expect(deferEntries(entries)).toEqual({ entries, changed: false, notes: [] })
})

test('event triggers, and what is said of them, come last in their order', () => {
  const { entries, changed, notes } = deferEntries([
    entry(1, 'EVENT TRIGGER', 'e'),
    entry(2, 'COMMENT', 'EVENT TRIGGER e', 1),
    entry(3, 'TABLE', 'EVENT TRIGGERS'),
    entry(4, 'MATERIALIZED VIEW DATA', 'm'),
  ])
  expect(tags(entries)).toEqual([
    ...['TABLE EVENT TRIGGERS', 'MATERIALIZED VIEW DATA m'],
    ...['EVENT TRIGGER e', 'COMMENT EVENT TRIGGER e'],
  ])
  expect({ changed, notes }).toEqual({ changed: true, notes: [] })
})

describe('a materialized view is not filled', () => {
  const cases: [string, TocEntry[]][] = [
    ['from a foreign table', [entry(2, 'MATERIALIZED VIEW', 'm', 1)]],
    ['by a view', [entry(3, 'VIEW', 'v', 1), entry(2, 'MATERIALIZED VIEW', 'm', 3)]],
    ['by a function', [entry(3, 'FUNCTION', 'f()', 1), entry(2, 'MATERIALIZED VIEW', 'm', 3)]],
    ['by another materialized view', [entry(3, 'MATERIALIZED VIEW', 'n', 1), entry(2, 'MATERIALIZED VIEW', 'm', 3)]],
    [
      'by a partition of a partition',
      [
        ...[entry(3, 'TABLE', 'root'), entry(4, 'TABLE', 'middle'), entry(5, 'TABLE ATTACH', 'f', 1, 4)],
        ...[entry(6, 'TABLE ATTACH', 'middle', 4, 3), entry(2, 'MATERIALIZED VIEW', 'm', 3)],
      ],
    ],
  ]
  test.each(cases)('%s', (_, entries) => {
    const foreign = entry(1, 'FOREIGN TABLE', 'f')
    const data = entry(9, 'MATERIALIZED VIEW DATA', 'm', 2)
    const quiet = deferEntries([foreign, ...entries, data])
    expect(quiet.entries).toEqual([foreign, ...entries])
    expect(quiet.changed).toBe(true)
    expect(quiet.notes.join()).toContain('public.m.')
  })

  test('by a child of its table, and views over other tables are', () => {
    const entries = [
      ...[entry(1, 'TABLE', 'parent'), entry(2, 'FOREIGN TABLE', 'child', 1), entry(3, 'TABLE', 'other')],
      ...[entry(4, 'MATERIALIZED VIEW', 'm', 1), entry(5, 'MATERIALIZED VIEW', 'n', 3)],
    ]
    const data = [entry(6, 'MATERIALIZED VIEW DATA', 'm', 4), entry(7, 'MATERIALIZED VIEW DATA', 'n', 5)]
    expect(tags(deferEntries([...entries, ...data]).entries)).toEqual(tags([...entries, ...data.slice(1)]))
  })
})
