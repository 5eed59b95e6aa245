// Which entries of an archive restore some of its tables.
import { describe, expect, test } from 'vitest'
import { type ArchiveSelection, listFile, selectEntries } from '../../../../src/engines/postgres/archive/selection.ts'
import type { TocEntry } from '../../../../src/engines/postgres/archive/toc-entry.ts'
import { entriesOf } from './archives.ts'

const settings = ['ENCODING ENCODING', 'SEARCHPATH SEARCHPATH', 'STDSTRINGS STDSTRINGS']
const names = (entries: readonly TocEntry[]) => entries.map(({ description, tag }) => `${description} ${tag}`)
const choose = (archive: string, wanted: ArchiveSelection) => {
  const { selected, leftOut } = selectEntries(entriesOf(archive), wanted)
  return {
    selected: names(selected).filter((name) => !settings.includes(name)),
    leftOut: leftOut.map(({ reason }) => reason),
  }
}
const tables = (...tables: string[]): ArchiveSelection => ({
  tables: tables.map((table) => ({ schema: 'public', table })),
})

describe.each(['wide-15.dump', 'wide-17.dump', 'wide-18.dump'])('from %s', (archive) => {
  test('a table brings all that belongs to it and all that it needs, but no key into a table that is not there', () => {
    const { selected, leftOut } = choose(archive, tables('Product'))
    expect(selected.sort()).toEqual(
      [
        ...['DOMAIN positive', 'TYPE pair', 'FUNCTION touch()', 'TABLE Product', 'TABLE DATA Product'],
        ...['SEQUENCE Product_id_seq', 'SEQUENCE SET Product_id_seq', 'CONSTRAINT Product Product_pkey'],
        ...['INDEX Product_tenantId_idx', 'TRIGGER Product touch', 'POLICY Product everyone', 'ROW SECURITY Product'],
        ...['ACL TABLE "Product"', 'COMMENT TABLE "Product"', 'COMMENT COLUMN "Product".price'],
      ].sort(),
    )
    expect(leftOut).toEqual([
      'Skipped foreign key Product Product_tenantId_fkey: it references public.Tenant, whose rows are not restored.',
    ])
  })

  test('with the other table its foreign key comes too', () => {
    const { selected, leftOut } = choose(archive, tables('Product', 'Tenant'))
    expect(leftOut).toEqual([])
    expect(selected).toEqual(
      expect.arrayContaining([
        'FK CONSTRAINT Product Product_tenantId_fkey',
        'TYPE mood',
        'DEFAULT Tenant id',
        'SEQUENCE owned',
      ]),
    )
  })

  test('a schema brings itself and all that is in it', () => {
    expect(choose(archive, { schemas: ['Odd "schema".x'] })).toEqual({
      selected: ['SCHEMA Odd "schema".x', 'TABLE 🐘 t(a, b) FROM', 'TABLE DATA 🐘 t(a, b) FROM'],
      leftOut: [],
    })
    const { selected, leftOut } = choose(archive, { schemas: ['public'] })
    const rest = names(entriesOf(archive).filter(({ schema }) => schema === 'public'))
    expect(selected.sort()).toEqual(rest.sort())
    expect(leftOut).toEqual([])
  })

  test('a partitioned table brings its partitions', () => {
    const { selected } = choose(archive, tables('by_mood'))
    expect(selected.sort()).toEqual(
      [
        ...['TYPE mood', 'TABLE by_mood', 'TABLE by_mood_0', 'TABLE by_mood_1'],
        ...['TABLE ATTACH by_mood_0', 'TABLE ATTACH by_mood_1', 'TABLE DATA by_mood_0', 'TABLE DATA by_mood_1'],
      ].sort(),
    )
  })

  test('a partition brings its parent, but not its siblings', () => {
    expect(choose(archive, tables('by_day_2025')).selected.sort()).toEqual(
      [
        ...['TABLE by_day', 'TABLE by_day_2025', 'TABLE ATTACH by_day_2025', 'TABLE DATA by_day_2025'],
        ...[
          'CONSTRAINT by_day by_day_pkey',
          'CONSTRAINT by_day_2025 by_day_2025_pkey',
          'INDEX ATTACH by_day_2025_pkey',
        ],
      ].sort(),
    )
  })

  test('a child brings its parent without rows', () => {
    const { selected } = choose(archive, tables('child'))
    expect(selected.sort()).toEqual(['DEFAULT child d', 'TABLE DATA child', 'TABLE child', 'TABLE parent'])
  })

  test('a materialized view is not filled from tables without rows', () => {
    const alone = choose(archive, tables('sums'))
    expect(alone.selected).toContain('TABLE Product')
    expect(alone.selected).not.toContain('TABLE DATA Product')
    expect(alone.selected).not.toContain('MATERIALIZED VIEW DATA sums')
    expect(alone.leftOut).toContain(
      'public.sums is not filled, because it reads public.Product, which is restored without rows.',
    )
    expect(choose(archive, tables('sums', 'Product')).selected).toContain('MATERIALIZED VIEW DATA sums')
  })

  test('what the archive does not have is refused', () => {
    expect(() => choose(archive, tables('product'))).toThrow(
      expect.objectContaining({
        code: 'restore/not-in-backup',
        message: expect.stringContaining('the backup has no table "public"."product"'),
      }),
    )
    expect(() => choose(archive, { schemas: ['nowhere'] })).toThrow(
      expect.objectContaining({
        code: 'restore/not-in-backup',
        message: expect.stringContaining('the backup has no schema "nowhere"'),
      }),
    )
  })

  test('the list names every entry by number, in the order of the archive', () => {
    const entries = entriesOf(archive)
    const lines = listFile([{ ...(entries[0] as TocEntry), tag: 'a\n9; b' }, ...entries.slice(1)])
      .trimEnd()
      .split('\n')
    expect(lines.map((line) => Number(/^(\d+); /.exec(line)?.[1]))).toEqual(entries.map(({ dumpId }) => dumpId))
  })
})
