// Findings of a rehearsal, code that it refuses, and safe display of untrusted output.
import { describe, expect, test } from 'vitest'
import {
  type CodeOrigin,
  findingsOf,
  halfCommitted,
  harmlessLine,
  reasonAgainst,
} from '../../../src/domain/drill/rehearsal.ts'
import {
  changesBetween,
  type DatabaseState,
  informationOn,
  objectsBetween,
  type TableState,
} from '../../../src/domain/drill/rehearsal-changes.ts'

const table = (differs: Partial<TableState> = {}): TableState => ({
  ...{ identity: 1, schema: 'public', table: 'product', rows: 10, bytes: 8192, columns: { 1: 'id', 2: 'name' } },
  ...differs,
})
const state = (...tables: TableState[]): DatabaseState => ({ bytes: 1_000_000, tables })
const found = (before: DatabaseState, after: DatabaseState) => findingsOf({ tables: changesBetween(before, after) })

describe('changes of tables', () => {
  const rows: [name: string, after: readonly TableState[], change: object[], findings: string[]][] = [
    ['no change', [table()], [], []],
    ['more rows', [table({ rows: 11 })], [{ change: 'changed', rowsAfter: 11 }], []],
    [
      'fewer rows',
      [table({ rows: 9 })],
      [{ change: 'changed', rowsBefore: 10 }],
      ['public.product lost 1 row: 10 before, 9 after'],
    ],
    ['a new column', [table({ columns: { 1: 'id', 2: 'name', 3: 'more' }, bytes: 9000 })], [{ change: 'changed' }], []],
    ['a renamed column', [table({ columns: { 1: 'id', 2: 'title' } })], [], []],
    [
      'a dropped column of a renamed table',
      [table({ table: 'item', columns: { 1: 'id' } })],
      [{ table: 'public.product', change: 'renamed', droppedColumns: ['name'] }],
      ['column name of public.product was dropped'],
    ],
    [
      'a column dropped and added again under the same name',
      [table({ columns: { 1: 'id', 3: 'name' } })],
      [{ droppedColumns: ['name'] }],
      ['column name of public.product was dropped'],
    ],
    [
      'a dropped table',
      [],
      [{ change: 'dropped', rowsBefore: 10 }],
      ['table public.product was dropped, with 10 rows'],
    ],
    [
      'a table dropped and created again',
      [table({ identity: 2, rows: 4, columns: { 1: 'id' } })],
      [{ change: 'made anew', rowsBefore: 10, rowsAfter: 4, droppedColumns: ['name'] }],
      [
        'public.product lost 6 rows: 10 before, 4 after',
        'table public.product was dropped and created again',
        'column name of public.product was dropped',
      ],
    ],
    [
      'a new table',
      [table(), table({ identity: 2, table: 'New' })],
      [{ table: 'public."New"', change: 'new', rowsAfter: 10 }],
      [],
    ],
  ]
  test.each(rows)('a migration with %s has the expected changes and findings', (_, after, change, findings) => {
    const changes = changesBetween(state(table()), state(...after))
    expect(changes).toMatchObject(change)
    expect(changes).toHaveLength(change.length)
    expect(found(state(table()), state(...after))).toEqual(findings)
  })

  test('two tables that swap names are renamed, not recreated', () => {
    const before = state(table(), table({ identity: 2, table: 'other' }))
    const after = state(table({ table: 'other' }), table({ identity: 2 }))
    expect(changesBetween(before, after).map(({ change }) => change)).toEqual(['renamed', 'renamed'])
  })

  test('the table that lost the most rows is listed first', () => {
    const before = state(table(), table({ identity: 2, table: 'big', rows: 100 }))
    const after = state(table({ rows: 9 }), table({ identity: 2, table: 'big', rows: 1 }))
    expect(changesBetween(before, after).map(({ table }) => table)).toEqual(['public.big', 'public.product'])
  })
})

describe('changes that a migration committed', () => {
  const valued = (values: Record<number, string>, differs: Partial<TableState> = {}) => table({ values, ...differs })
  const index = { object: 'index product_name_idx', table: { identity: 1, name: 'public.product' }, digest: 'a' }
  const routine = { object: 'function public.f()', digest: 'a' }
  const between = (before: DatabaseState, after: DatabaseState) => ({
    tables: changesBetween(before, after),
    objects: objectsBetween(before, after),
  })

  test('changed values in the same number of rows are information, not a finding', () => {
    const { tables } = between(state(valued({ 1: 'x', 2: 'y' })), state(valued({ 1: 'x', 2: 'z' })))
    expect(tables).toMatchObject([{ change: 'changed', changedColumns: ['name'] }])
    expect(informationOn(tables)).toEqual(['values of column name of public.product changed'])
    expect(findingsOf({ tables })).toEqual([])
  })
  test('changed values are not reported if rows were added or values were not read', () => {
    const before = state(valued({ 1: 'x' }))
    for (const after of [valued({ 1: 'z' }, { rows: 11 }), table(), valued({ 3: 'q' })])
      expect(informationOn(between(before, state(after)).tables)).toEqual([])
  })
  test('changes committed before a failure are a finding that names every changed object', () => {
    const before = { ...state(valued({ 2: 'y' }), table({ identity: 2, table: 'log' })), objects: [routine] }
    const made = { object: 'column id', table: { identity: 3, name: 'public.new' }, digest: 'a' }
    const after = {
      ...state(
        valued({ 2: 'z' }),
        table({ identity: 2, table: 'log', rows: 11 }),
        table({ identity: 3, table: 'new' }),
      ),
      objects: [{ ...routine, digest: 'b' }, index, made],
    }
    expect(halfCommitted(between(before, after))).toEqual([
      'the migration failed after it had committed changes, which would remain in production: values of column name of public.product changed; public.log has 1 more row; table public.new was created; function public.f() was changed; index product_name_idx of public.product was added',
    ])
  })
  test('a table that only grew in bytes is not a committed change', () => {
    expect(halfCommitted(between(state(table()), state(table({ bytes: 9999 }))))).toEqual([])
  })
  test.each([
    'pgmigrations',
    'knex_migrations_lock',
    '_prisma_migrations',
    'SequelizeMeta',
    'flyway_schema_history',
    '__EFMigrationsHistory',
  ])('changes that the migration tool makes to its own table are ignored: %s', (name) => {
    const objects = [{ object: 'index x', table: { identity: 1, name: `public."${name}"` }, digest: '' }]
    const after = { ...state(table({ table: name, rows: 11 }), table({ identity: 2, table: name })), objects }
    expect(halfCommitted(between(state(table({ table: name })), after))).toEqual([])
  })
  test('a long list of committed changes is shortened', () => {
    const objects = Array.from({ length: 9 }, (_, at) => ({ object: `schema s${at}`, digest: '' }))
    expect(halfCommitted(between(state(), { ...state(), objects }))[0]).toMatch(/schema s4 was added; and 4 more$/)
  })
})

test('long locks and large database growth are findings; short locks and small growth are not', () => {
  const locksOf = (exclusiveSeconds: number) => ({
    ...{ samples: 1, every: 0.05, everyStatement: true },
    locks: [{ table: 'public.product', mode: 'AccessExclusiveLock', exclusiveSeconds }],
  })
  const [before, grown] = [10_000_000, 20_000_000]
  expect(findingsOf({ tables: [], locks: locksOf(0.9), bytesBefore: before, bytesAfter: before + 1_000_000 })).toEqual(
    [],
  )
  expect(findingsOf({ tables: [], locks: locksOf(2.5), bytesBefore: before, bytesAfter: grown })).toEqual([
    'public.product was locked against reads for at least 2.5 s (ACCESS EXCLUSIVE)',
    'the database grew from 10.0 MB to 20.0 MB',
  ])
})

describe('the origin of the code to rehearse', () => {
  const rows: [name: string, origin: CodeOrigin, against: RegExp | undefined][] = [
    ['any code is accepted outside GitHub Actions', { inActions: false }, undefined],
    [
      'a branch of a private repository is accepted',
      { inActions: true, visibility: 'private', fork: false },
      undefined,
    ],
    [
      'a branch of an internal repository is accepted',
      { inActions: true, visibility: 'internal', fork: false },
      undefined,
    ],
    ['a branch of a public repository is refused', { inActions: true, visibility: 'public', fork: false }, /public/],
    ['a branch of a fork is refused', { inActions: true, visibility: 'private', fork: true }, /fork/],
    ['an unknown origin is refused', { inActions: true }, /does not say/],
    ['an origin with only a known visibility is refused', { inActions: true, visibility: 'private' }, /does not say/],
  ]
  test.each(rows)('%s', (_, origin, against) => {
    const reason = reasonAgainst(origin)
    if (against === undefined) expect(reason).toBeUndefined()
    else expect(reason).toMatch(against)
  })
})

test.each([
  ['::set-output name=a::b', '| ::set-output name=a::b'],
  ['x ##[error]y', '| x # #[error]y'],
  ['\u001b[31mred\u001b[0m\u0007', '| red'],
  ['a\ttab', '| a\ttab'],
  ['', '| '],
])('%j is shown as %j', (line, shown) => {
  expect(harmlessLine(line)).toBe(shown)
})
