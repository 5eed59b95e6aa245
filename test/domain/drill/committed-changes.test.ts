// Changes of objects between two states, and the sentences about what a failed migration committed.
import { describe, expect, test } from 'vitest'
import {
  changesBetween,
  committedChanges,
  type DatabaseState,
  objectsBetween,
  type TableChange,
} from '../../../src/domain/drill/rehearsal-changes.ts'

const item = { identity: 1, schema: 'public', table: 'item', rows: 2, bytes: 8192, columns: { 1: 'id' } }
const state = (objects: DatabaseState['objects'], tables = [item]): DatabaseState => ({
  bytes: 0,
  tables,
  ...(objects && { objects }),
})
const onItem = { identity: 1, name: 'public.item' }

describe('changes of objects', () => {
  const before = [
    { object: 'view public.same', digest: 'a' },
    { object: 'view public.gone', digest: 'a' },
    { object: 'index item_pkey', table: onItem, digest: 'a' },
    { object: 'index of_dropped', table: { identity: 2, name: 'public.old' }, digest: 'a' },
  ]
  const after = [
    { object: 'index item_pkey', table: onItem, digest: 'b' },
    { object: 'index a_new', table: onItem, digest: 'a' },
    { object: 'index item_pkey', table: { identity: 3, name: 'public.new' }, digest: 'c' },
    { object: 'view public.same', digest: 'a' },
  ]

  test('changed objects are listed by name, except those of new and dropped tables', () => {
    expect(objectsBetween(state(before), state(after))).toEqual([
      { object: 'index a_new of public.item', change: 'added' },
      { object: 'index item_pkey of public.item', change: 'changed' },
      { object: 'view public.gone', change: 'dropped' },
    ])
  })

  test('objects of a partitioned table without its own entry are compared', () => {
    const parent = { identity: 9, name: 'public.parent' }
    const column = { object: 'column id', table: parent, digest: 'a' }
    const added = { object: 'column name', table: parent, digest: 'b' }
    expect(objectsBetween(state([column]), state([column, added]))).toEqual([
      { object: 'column name of public.parent', change: 'added' },
    ])
  })

  test('objects are not compared if they were not read', () => {
    expect(objectsBetween(state(undefined), state(undefined))).toEqual([])
  })
})

test('a table with only a different number of rows lists no columns', () => {
  expect(changesBetween(state([]), state([], [{ ...item, rows: 1 }]))).toEqual([
    { table: 'public.item', change: 'changed', rowsBefore: 2, rowsAfter: 1, bytesBefore: 8192, bytesAfter: 8192 },
  ])
})

const table = 'public.item'
test.each<[string, TableChange, string[]]>([
  ['created', { table, change: 'new', rowsAfter: 3 }, ['table public.item was created']],
  ['dropped', { table, change: 'dropped', rowsBefore: 3 }, ['table public.item was dropped']],
  ['recreated', { table, change: 'made anew' }, ['table public.item was dropped and created again']],
  ['renamed', { table, change: 'renamed' }, ['table public.item was renamed']],
  ['more rows', { table, change: 'changed', rowsAfter: 2 }, ['public.item has 2 more rows']],
  ['fewer rows', { table, change: 'changed', rowsBefore: 1 }, ['public.item has 1 fewer row']],
  ['a dropped column', { table, change: 'changed', droppedColumns: ['a'] }, ['column a of public.item was dropped']],
  ['only another size', { table, change: 'changed', bytesBefore: 1, bytesAfter: 2 }, []],
])('the committed change of a table is described: %s', (_, change, sentences) => {
  expect(committedChanges([change], [])).toEqual(sentences)
})
