// What a rehearsal finds, whose code it refuses, and what of a stranger's output may be shown.
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

describe('changes', () => {
  const rows: [name: string, after: readonly TableState[], change: object[], findings: string[]][] = [
    ['nothing', [table()], [], []],
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
      'a column dropped and made again under its name',
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
      'a table made anew',
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
  test.each(rows)('%s', (_, after, change, findings) => {
    const changes = changesBetween(state(table()), state(...after))
    expect(changes).toMatchObject(change)
    expect(changes).toHaveLength(change.length)
    expect(found(state(table()), state(...after))).toEqual(findings)
  })

  test('two tables that swap names are renamed, not made anew', () => {
    const before = state(table(), table({ identity: 2, table: 'other' }))
    const after = state(table({ table: 'other' }), table({ identity: 2 }))
    expect(changesBetween(before, after).map(({ change }) => change)).toEqual(['renamed', 'renamed'])
  })

  test('the table that lost most stands first', () => {
    const before = state(table(), table({ identity: 2, table: 'big', rows: 100 }))
    const after = state(table({ rows: 9 }), table({ identity: 2, table: 'big', rows: 1 }))
    expect(changesBetween(before, after).map(({ table }) => table)).toEqual(['public.big', 'public.product'])
  })
})

describe('what a migration committed', () => {
  const valued = (values: Record<number, string>, differs: Partial<TableState> = {}) => table({ values, ...differs })
  const index = { object: 'index product_name_idx', table: { identity: 1, name: 'public.product' }, digest: 'a' }
  const routine = { object: 'function public.f()', digest: 'a' }
  const between = (before: DatabaseState, after: DatabaseState) => ({
    tables: changesBetween(before, after),
    objects: objectsBetween(before, after),
  })

  test('values that changed in as many rows are information, and no finding', () => {
    const { tables } = between(state(valued({ 1: 'x', 2: 'y' })), state(valued({ 1: 'x', 2: 'z' })))
    expect(tables).toMatchObject([{ change: 'changed', changedColumns: ['name'] }])
    expect(informationOn(tables)).toEqual(['values of column name of public.product changed'])
    expect(findingsOf({ tables })).toEqual([])
  })
  test('values say nothing where rows were added, or where they were not read', () => {
    const before = state(valued({ 1: 'x' }))
    for (const after of [valued({ 1: 'z' }, { rows: 11 }), table(), valued({ 3: 'q' })])
      expect(informationOn(between(before, state(after)).tables)).toEqual([])
  })
  test('before a failure is a finding that names tables, rows, values and other objects', () => {
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
  test('is nothing where a table only grew by what was rolled back', () => {
    expect(halfCommitted(between(state(table()), state(table({ bytes: 9999 }))))).toEqual([])
  })
  test.each([
    'pgmigrations',
    'knex_migrations_lock',
    '_prisma_migrations',
    'SequelizeMeta',
    'flyway_schema_history',
    '__EFMigrationsHistory',
  ])('is nothing where only the tool wrote to its own table: %s', (name) => {
    const objects = [{ object: 'index x', table: { identity: 1, name: `public."${name}"` }, digest: '' }]
    const after = { ...state(table({ table: name, rows: 11 }), table({ identity: 2, table: name })), objects }
    expect(halfCommitted(between(state(table({ table: name })), after))).toEqual([])
  })
  test('is shortened where it is long', () => {
    const objects = Array.from({ length: 9 }, (_, at) => ({ object: `schema s${at}`, digest: '' }))
    expect(halfCommitted(between(state(), { ...state(), objects }))[0]).toMatch(/schema s4 was added; and 4 more$/)
  })
})

test('a lock of more than a second and a database that grew much are findings, smaller ones are not', () => {
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

describe('whose code may be rehearsed', () => {
  const rows: [name: string, origin: CodeOrigin, against: RegExp | undefined][] = [
    ['anybody’s outside GitHub Actions', { inActions: false }, undefined],
    ['a branch of a private repository', { inActions: true, visibility: 'private', fork: false }, undefined],
    ['a branch of an internal repository', { inActions: true, visibility: 'internal', fork: false }, undefined],
    ['not of a public repository', { inActions: true, visibility: 'public', fork: false }, /public/],
    ['not of a fork', { inActions: true, visibility: 'private', fork: true }, /fork/],
    ['not where nothing is known', { inActions: true }, /does not say/],
    ['not where only the visibility is known', { inActions: true, visibility: 'private' }, /does not say/],
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
