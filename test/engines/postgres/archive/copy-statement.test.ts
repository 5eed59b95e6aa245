// COPY statements and foreign keys, taken apart.
import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { parseCopyStatement } from '../../../../src/engines/postgres/archive/copy-statement.ts'
import { parseForeignKey } from '../../../../src/engines/postgres/archive/foreign-key.ts'
import { anyCharacter } from '../../../support/any-character.ts'
import { entriesOf } from './archives.ts'

const parsed: [string, unknown][] = [
  ['COPY public."T" (id, "tenantId") FROM stdin;\n', { schema: 'public', table: 'T', columns: ['id', 'tenantId'] }],
  ['COPY public.no_columns  FROM stdin;\n', { schema: 'public', table: 'no_columns', columns: [] }],
  ['COPY "a""b"."c.d" ("e)""f", "g, h") FROM stdin;\n', { schema: 'a"b', table: 'c.d', columns: ['e)"f', 'g, h'] }],
  ['COPY public."FROM stdin;" ("🐘") FROM stdin;', { schema: 'public', table: 'FROM stdin;', columns: ['🐘'] }],
]
const refused = [
  '',
  'COPY t (a) FROM stdin;',
  'COPY public.t (a, ) FROM stdin;',
  'COPY public.t (a FROM stdin;',
  'COPY public.t (a) TO stdout;',
  'COPY public.t (a) FROM stdin; DROP TABLE x;',
  'INSERT INTO public.t VALUES (1);',
]

describe('a COPY statement', () => {
  test.each(parsed)('%s is parsed', (statement, expected) => {
    expect(parseCopyStatement(statement)).toEqual(expected)
  })

  test.each(refused)('%s is refused', (statement) => {
    expect(() => parseCopyStatement(statement)).toThrow(
      expect.objectContaining({
        code: 'archive/damaged',
        message: expect.stringContaining('could not parse a COPY statement'),
      }),
    )
  })

  const name = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 12 }).filter((text) => !text.includes('\0'))

  test('comes back as it went in, whatever the names', () => {
    fc.assert(
      fc.property(name, name, fc.array(name, { minLength: 1 }), (schema, table, columns) => {
        const list = columns.map((column) => pg.escapeIdentifier(column)).join(', ')
        const statement = `COPY ${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)} (${list}) FROM stdin;\n`
        expect(parseCopyStatement(statement)).toEqual({ schema, table, columns })
      }),
    )
  })

  test('of every table in a real archive is parsed', () => {
    const statements = entriesOf('wide-15.dump').flatMap((entry) => entry.copyStatement ?? [])
    expect(statements).toHaveLength(12)
    for (const statement of statements) expect(() => parseCopyStatement(statement)).not.toThrow()
  })
})

describe('a foreign key', () => {
  test.each([
    ['ALTER TABLE ONLY public.b\n    ADD CONSTRAINT f FOREIGN KEY (a_id) REFERENCES public.a(id);\n', 'b', 'a'],
    [
      'ALTER TABLE public.b\n    ADD CONSTRAINT f FOREIGN KEY (a_id) REFERENCES public.a(id) ON DELETE CASCADE;\n',
      'b',
      'a',
    ],
    [
      'ALTER TABLE ONLY public."x y" ADD CONSTRAINT " REFERENCES z.z(" FOREIGN KEY ("REFERENCES") REFERENCES public."p""q"(id);',
      'x y',
      'p"q',
    ],
  ])('%s names both tables', (definition, table, references) => {
    expect(parseForeignKey(definition)).toEqual({
      table: { schema: 'public', name: table },
      references: { schema: 'public', name: references },
    })
  })

  test.each(['', 'ALTER TABLE ONLY public.b ADD CONSTRAINT c CHECK (true);'])('%s is none', (definition) => {
    expect(parseForeignKey(definition)).toBeUndefined()
  })
})
