import { describe, expect, test } from 'vitest'
import { createDatabaseStatement } from '../../../../src/engines/postgres/live/create-database.ts'
import { type Properties, propertyStatements } from '../../../../src/engines/postgres/live/properties.ts'
import { settingClause, splitList } from '../../../../src/engines/postgres/live/setting-statement.ts'

const plain: Properties = {
  oid: 1,
  name: 'shop',
  owner: 'boss',
  encoding: 'UTF8',
  collate: 'C',
  ctype: 'C',
  provider: 'libc',
  locale: undefined,
  icuRules: undefined,
  tablespace: 'pg_default',
  connectionLimit: -1,
  allowsConnections: true,
  isTemplate: false,
  grants: undefined,
  settings: [],
  comment: undefined,
}

describe('settings are written as pg_dump writes them', () => {
  test.each([
    ['work_mem=5MB', `SET "work_mem" TO '5MB'`],
    ['search_path="$user", public', `SET "search_path" TO '$user', 'public'`],
    ['search_path="odd, ""path""", "$user"', `SET "search_path" TO 'odd, "path"', '$user'`],
    ['search_path=""', `SET "search_path" TO ''`],
    ['DateStyle=German, DMY', `SET "DateStyle" TO 'German, DMY'`],
    ["shop.tax=a=b, 'c'", `SET "shop.tax" TO 'a=b, ''c'''`],
    ['shop.path=a\\b', ` SET "shop.path" TO  E'a\\\\b'`.trim()],
    ['session_preload_libraries=auto_explain, "my lib"', `SET "session_preload_libraries" TO 'auto_explain', 'my lib'`],
  ])('%s', (stored, clause) => {
    expect(settingClause(stored).replaceAll('  ', ' ')).toBe(clause.replaceAll('  ', ' '))
  })

  test('an empty list has no items, an empty item is one', () => {
    expect(splitList('')).toEqual([])
    expect(splitList('""')).toEqual([''])
  })
})

describe('the SQL that carries properties over', () => {
  test('touches nothing that is as PostgreSQL makes it', () => {
    expect(propertyStatements(plain, 'new one')).toEqual([
      'ALTER DATABASE "new one" OWNER TO "boss"',
      'COMMENT ON DATABASE "new one" IS NULL',
    ])
  })

  test('grants come after the grant option that they need, each as its grantor', () => {
    const grants = [
      { grantor: 'lender', grantee: 'friend "x"', privilege: 'CONNECT', grantable: false },
      { grantor: 'boss', grantee: 'lender', privilege: 'CONNECT', grantable: true },
      { grantor: 'boss', grantee: undefined, privilege: 'TEMPORARY', grantable: false },
    ]
    expect(propertyStatements({ ...plain, grants }, 'n').slice(1, -1)).toEqual([
      'REVOKE ALL ON DATABASE "n" FROM PUBLIC',
      'REVOKE ALL ON DATABASE "n" FROM "boss"',
      'GRANT CONNECT ON DATABASE "n" TO "lender" WITH GRANT OPTION',
      'GRANT TEMPORARY ON DATABASE "n" TO PUBLIC',
      'SET LOCAL ROLE "lender"',
      'GRANT CONNECT ON DATABASE "n" TO "friend ""x"""',
      'RESET ROLE',
    ])
  })

  test('settings of roles, the limit and the comment are quoted', () => {
    const settings = [{ role: `it's "me"`, items: ['work_mem=1MB'] }]
    expect(
      propertyStatements({ ...plain, settings, connectionLimit: 5, isTemplate: true, comment: "it's" }, 'n').slice(1),
    ).toEqual([
      `ALTER ROLE "it's ""me""" IN DATABASE "n" SET "work_mem" TO '1MB'`,
      'ALTER DATABASE "n" CONNECTION LIMIT 5',
      'ALTER DATABASE "n" IS_TEMPLATE true',
      `COMMENT ON DATABASE "n" IS 'it''s'`,
    ])
  })
})

describe('a database is made like its source', () => {
  const shape = {
    owner: 'o"x',
    encoding: 'UTF8',
    collate: 'de_DE.utf8',
    ctype: 'C',
    provider: 'libc',
    locale: undefined,
  }
  const start = `CREATE DATABASE "n" TEMPLATE template0 OWNER "o""x" ENCODING 'UTF8' LC_COLLATE 'de_DE.utf8' LC_CTYPE 'C'`

  test.each([
    ['before PostgreSQL 15 without a provider', shape, 14, ''],
    ['with libc', shape, 15, ' LOCALE_PROVIDER libc'],
    ['with ICU', { ...shape, provider: 'icu', locale: 'de' }, 15, ` LOCALE_PROVIDER icu ICU_LOCALE 'de'`],
    [
      'with rules of ICU where the server knows them',
      { ...shape, provider: 'icu', locale: 'de', icuRules: '&a < b' },
      16,
      ` LOCALE_PROVIDER icu ICU_LOCALE 'de' ICU_RULES '&a < b'`,
    ],
    [
      'with the built-in provider',
      { ...shape, provider: 'builtin', locale: 'C.UTF-8' },
      17,
      ` LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'`,
    ],
    ['in its tablespace', { ...shape, tablespace: 'fast' }, 14, ' TABLESPACE "fast"'],
  ])('%s', (_, given, major, end) => {
    expect(createDatabaseStatement('n', given, major)).toBe(start + end)
  })
})
