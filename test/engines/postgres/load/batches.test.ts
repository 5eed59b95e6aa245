// Who restores which definitions, and in which order.
import { describe, expect, test } from 'vitest'
import type { TocEntry } from '../../../../src/engines/postgres/archive/toc-entry.ts'
import { batchesOf } from '../../../../src/engines/postgres/load/batches.ts'
import { evaluationOf, ReachedCode } from '../../../../src/engines/postgres/load/evaluated-entries.ts'

const entry = (dumpId: number, description: string, definition: string, ...dependencies: number[]): TocEntry => ({
  ...{
    dumpId,
    description,
    definition,
    dependencies,
    hadData: false,
    tag: `object ${dumpId}`,
    section: 'pre-data',
    owner: 'app',
  },
})

/** Numbers with dependencies; those above 10 are made by their owner. */
function batches(...entries: readonly (readonly number[])[]): (string | number)[][] {
  const all = entries.map(([id = 0, ...needs]) => entry(id, 'TABLE', '', ...needs))
  const made = batchesOf(all, ({ dumpId }) => (dumpId > 10 ? 'app' : undefined))
  return made.map(({ owner = 'superuser', entries: some }) => [owner, ...some.map(({ dumpId }) => dumpId)])
}

describe('batches', () => {
  test('of one role are one, in the order of the archive, whatever needs what', () => {
    expect(batches([3, 1], [1], [2, 3])).toEqual([['superuser', 3, 1, 2]])
  })
  test('of two roles alternate only where one needs what the other makes', () => {
    expect(batches([1], [11], [12, 1], [2, 12], [3, 2], [4], [13])).toEqual([
      ['superuser', 1, 4],
      ['app', 11, 12, 13],
      ['superuser', 2, 3],
    ])
  })
  test('hold all entries, also those that need one another, or what is not there', () => {
    expect(batches([1, 11], [11, 1], [2, 99]).flat()).toEqual(['superuser', 2, 'superuser', 1, 'app', 11])
  })
})

describe('a definition', () => {
  test.each([
    ['calls', 'TABLE', 'CREATE TABLE s.t (a integer GENERATED ALWAYS AS (s.f(1)) STORED)'],
    ['calls', 'TABLE', 'CREATE TABLE s.t (a integer)\nPARTITION BY RANGE (((a + s.f(1))))'],
    ['calls', 'INDEX ATTACH', 'ALTER INDEX s.i ATTACH PARTITION s.j;'],
    ['reads', 'VIEW', `CREATE VIEW s.v AS SELECT '(a)'::"My schema".pair AS p;`],
    [
      'reads',
      'AGGREGATE',
      `CREATE AGGREGATE s.a(text) (\n    SFUNC = s.f,\n    STYPE = s.pair,\n    INITCOND = '(a)'\n);`,
    ],
    [
      undefined,
      'AGGREGATE',
      `CREATE AGGREGATE s.a(text) (\n    SFUNC = s.f,\n    STYPE = bigint,\n    INITCOND = '0'\n);`,
    ],
    [
      undefined,
      'TABLE',
      `CREATE TABLE s.t (a text DEFAULT 'x'::text, b s.pair, CHECK (s.f(a)))\nPARTITION BY LIST (a)`,
    ],
    [undefined, 'TABLE', 'CREATE TABLE s.t (a integer GENERATED ALWAYS AS IDENTITY)'],
  ])('is evaluated by %s: %s %j', (evaluation, description, definition) => {
    expect(evaluationOf({ ...entry(1, description, definition) })).toBe(evaluation)
  })

  test('that reads a literal runs code only where a type has checks', () => {
    const view = entry(3, 'VIEW', `CREATE VIEW s.v AS SELECT '{a}'::s.d[] AS p;`, 2)
    const code = (check: string) =>
      new ReachedCode([
        entry(1, 'FUNCTION', ''),
        entry(2, 'DOMAIN', `CREATE DOMAIN s.d AS text${check}`, 1),
        view,
      ]).evaluatedBy(view)
    expect(code(' CONSTRAINT c CHECK (s.f(VALUE))').map(({ dumpId }) => dumpId)).toEqual([2, 1])
    expect(code('')).toEqual([])
  })
})
