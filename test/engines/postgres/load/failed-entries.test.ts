import { describe, expect, test } from 'vitest'
import { searchPathOf } from '../../../../src/engines/postgres/archive/search-path.ts'
import type { TocEntry } from '../../../../src/engines/postgres/archive/toc-entry.ts'
import { failedEntries, mostErrors } from '../../../../src/engines/postgres/load/failed-entries.ts'

const entry = (dumpId: number, more: Partial<TocEntry> = {}): TocEntry => ({
  ...{
    dumpId,
    hadData: false,
    tag: `i${dumpId}`,
    description: 'INDEX',
    section: 'post-data',
    definition: '',
    dependencies: [],
  },
  ...more,
})

describe('entries that failed', () => {
  const entries = [entry(7), entry(8), entry(9)]
  const end = 'pg_restore: warning: errors ignored on restore: 2'

  test('are those that pg_restore names, with the messages of the server', () => {
    const stderr = [
      ...['pg_restore: creating INDEX "public.i7"', 'pg_restore: while PROCESSING TOC:'],
      ...[
        'pg_restore: from TOC entry 7; 1259 16500 INDEX i7 app',
        'pg_restore: error: could not execute query: ERROR:  far away',
      ],
      ...[
        'DETAIL:  a row',
        'pg_restore: from TOC entry 9; 1259 16501 INDEX i9 app',
        'pg_restore: error: COPY failed',
        end,
      ],
    ].join('\n')
    expect(failedEntries(stderr, entries)?.map(({ entry: { dumpId }, message }) => [dumpId, message])).toEqual([
      [7, 'far away'],
      [9, 'COPY failed'],
    ])
  })

  test('are found where the lines of two workers are mixed up', () => {
    const stderr = [
      'pg_restore: pg_restore: from TOC entry 7; 1259 16500 INDEX i7 app',
      'from TOC entry 9; 1259 16501 INDEX i9 app',
      'pg_restore: pg_restore: error: error: could not execute query: ERROR:  far away',
      `pg_restore: error: ${'long '.repeat(300)}from TOC entry 8; 1259 16502 INDEX i8 app`,
      end,
    ].join('\n')
    expect(failedEntries(stderr, entries)?.map(({ entry: { dumpId } }) => dumpId)).toEqual([7, 8, 9])
  })

  test('are not known where pg_restore did not get to its end', () => {
    expect(
      failedEntries('pg_restore: from TOC entry 7; 1259 1 INDEX i7 app\npg_restore: error: gone', entries),
    ).toBeUndefined()
    expect(failedEntries(end, entries)).toBeUndefined()
    const all = `pg_restore: from TOC entry 7; 1259 1 INDEX i7 app\npg_restore: error: gone\n${end}`
    expect(failedEntries(all, entries)).toHaveLength(1)
    expect(failedEntries(all.padStart(mostErrors), entries)).toBeUndefined()
  })
})

describe('the search_path of a dump', () => {
  const of = (definition: string) => [entry(1, { description: 'DATABASE PROPERTIES', definition })]
  const cases: [string, string, string, string[]][] = [
    ['is the usual one', '', 'app', ['app', 'public']],
    [
      'is that of the database',
      `ALTER DATABASE shop SET search_path TO 'lib', '$user', 'it''s';`,
      'app',
      ['lib', 'app', "it's"],
    ],
    [
      'is that of the role in the database',
      `ALTER DATABASE shop SET search_path TO 'lib';\nALTER ROLE "a ""b" IN DATABASE shop SET search_path TO 'own';`,
      'a "b',
      ['own'],
    ],
    [
      'is not that of another role',
      `ALTER ROLE other IN DATABASE shop SET search_path TO 'own';`,
      'app',
      ['app', 'public'],
    ],
    ['may be empty', `ALTER DATABASE shop SET search_path TO '';`, 'app', []],
    [
      'is text and never SQL',
      `ALTER DATABASE shop SET search_path TO 'a; DROP TABLE t', 'b';`,
      'app',
      ['a; DROP TABLE t', 'b'],
    ],
  ]
  test.each(cases)('%s', (_, definition, role, schemas) => {
    expect(searchPathOf(of(definition), role)).toEqual(schemas)
  })
})
