// Names in Resguardo's SQL
// A database defines an object that changes the meaning of an unqualified name in Resguardo's SQL.

import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { textsOf } from '../support/source-texts.ts'
import { isSql, namesIn } from '../support/sql-names.ts'

const root = join(import.meta.dirname, '../..')
const sources = globSync('src/{engines/postgres,domain}/**/*.ts', { cwd: root })

/** Grammar of PostgreSQL: no function or type of a database can take their place. */
const grammar: readonly string[] = [
  ...['coalesce', 'greatest', 'least', 'nullif', 'extract', 'row', 'exists', 'cast', 'current_user', 'session_user'],
  ...['int', 'integer', 'bigint', 'smallint', 'boolean', 'numeric', 'float', 'char', 'timestamp', 'interval'],
]

let server: TestPostgres
const known = {
  functions: new Set(grammar),
  // A WITH of ownership-sql.ts, whose parts are texts of their own.
  relations: new Set(['own', 'stdin']),
  types: new Set(grammar),
  operators: new Set(['=', '*', '=>', ':=']),
}

beforeAll(async () => {
  server = await startPostgres()
  const namesOf = async (table: string, name: string, namespace: string): Promise<string[]> =>
    (
      await server.query<{ name: string }>(
        'postgres',
        `SELECT DISTINCT ${name}::text AS name FROM ${table} WHERE ${namespace} = 'pg_catalog'::regnamespace`,
      )
    ).map((row) => row.name)
  for (const name of await namesOf('pg_proc', 'proname', 'pronamespace')) known.functions.add(name)
  for (const name of await namesOf('pg_class', 'relname', 'relnamespace')) known.relations.add(name)
  for (const name of await namesOf('pg_type', 'typname', 'typnamespace')) known.types.add(name)
  for (const name of await namesOf('pg_operator', 'oprname', 'oprnamespace')) known.operators.add(name)
})
afterAll(() => server?.stop())

function unknownIn(sql: string): string[] {
  const names = namesIn(sql)
  return (Object.keys(known) as (keyof typeof known)[]).flatMap((kind) =>
    names[kind].filter((name) => !known[kind].has(name)).map((name) => `${kind}: ${name}`),
  )
}

describe('SQL in the source code', () => {
  test('every SQL statement names only objects of pg_catalog, or qualifies them with a schema', async () => {
    const faults: string[] = []
    let texts = 0
    for (const path of sources) {
      for (const { text, line } of textsOf(await readFile(join(root, path), 'utf8'))) {
        if (!isSql(text)) continue
        texts += 1
        for (const name of unknownIn(text)) faults.push(`${relative('.', path)}:${line}: ${name}`)
      }
    }
    expect(faults).toEqual([])
    expect(texts).toBeGreaterThan(150)
  })

  test.each([
    ['SELECT evil(name) FROM pg_class', ['functions: evil']],
    ['SELECT pg_catalog.format(a) FROM pg_class c JOIN secrets s ON s.oid = c.oid', ['relations: secrets']],
    ['SELECT 1::money_of_ours FROM pg_class WHERE relname !~~~ $1', ['types: money_of_ours', 'operators: !~~~']],
    ['WITH t(a) AS (SELECT 1) SELECT coalesce(a, 2) FROM t', []],
    ['SELECT FROM § JOIN public.product USING (id)', []],
  ])('control: the check detects unqualified names: %s', (sql, expected) => {
    expect(unknownIn(sql)).toEqual(expected)
  })
})

/** Their statements run under the search_path of the database, where an operator of somebody else may be nearer. */
const unpinned: readonly string[] = [
  ...['ownership-sql', 'climbing', 'steps', 'quoting'].map((name) => `src/engines/postgres/tenants/${name}.ts`),
  'src/engines/postgres/tenants/restore/statements.ts',
]

/**
 * What PostgreSQL looks up along the search_path in a piece of SQL, be it written or implied by its grammar. DISTINCT
 * FROM with the literal NULL is a test for NULL, without an operator.
 */
function lookedUpIn(piece: string): string[] {
  const text = piece.replaceAll(/\) = ROW\(/g, ') ')
  const names = namesIn(text)
  const implied =
    text.match(/\bIN \(|DISTINCT FROM(?! NULL\b)|\bI?LIKE\b|BETWEEN|NULLIF|\bCASE (?!WHEN)|COLLATE "|USING \(/g) ?? []
  const written =
    text
      .replaceAll(/OPERATOR\(pg_catalog\.[^)]+\)/g, ' ')
      .match(/(?<=[\s\w)'"\]§])[<>=~!@#%^&|?]{1,4}(?=[\s\w('"$§-])/g) ?? []
  return [
    ...[...names.functions, ...names.types].filter((name) => !grammar.includes(name.toLowerCase())),
    ...implied,
    ...written,
  ]
}

describe('SQL that runs under the search_path of the database', () => {
  test('functions, operators and types are schema-qualified, and no syntax depends on search_path', async () => {
    const faults: string[] = []
    for (const path of unpinned) {
      for (const { text, line } of textsOf(await readFile(join(root, path), 'utf8'))) {
        if (/^\.{1,2}\/|^[a-z ]*$/.test(text)) continue
        for (const name of lookedUpIn(text)) faults.push(`${path}:${line}: ${name}`)
      }
    }
    expect(faults).toEqual([])
  })

  test.each([
    ['§ = §', ['=']],
    ['(§) IN (SELECT a)', ['IN (']],
    ['a IS NOT DISTINCT FROM b', ['DISTINCT FROM']],
    ['SELECT count(*)::float8', ['count', 'float8']],
    ['SELECT pg_catalog.count(*)::pg_catalog.float8 WHERE a OPERATOR(pg_catalog.=) b', []],
    ['UPDATE § SET (§) = ROW(§)', []],
  ])('control: the check detects names that depend on search_path: %s', (piece, expected) => {
    expect(lookedUpIn(piece)).toEqual(expected)
  })
})

describe('sessions', () => {
  test("only one module opens sessions, and few places restore the database's search_path", async () => {
    const opened: string[] = []
    const restored: string[] = []
    for (const path of sources) {
      const source = await readFile(join(root, path), 'utf8')
      if (/new (pg\.)?(Client|Pool)\(|new Kind\(/.test(source)) opened.push(path)
      if (/search_path TO DEFAULT|resetSettings\(/.test(source)) restored.push(path)
    }
    expect(opened).toEqual(['src/engines/postgres/connection/connect.ts'])
    expect(restored.sort()).toEqual([
      'src/engines/postgres/connection/connect.ts',
      'src/engines/postgres/record/locate.ts',
      'src/engines/postgres/scratch/check-sql.ts',
      'src/engines/postgres/tenants/restore/default-path.ts',
    ])
  })
})
