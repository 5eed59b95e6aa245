// Migrations among changed files, and those that the base branch already contains.
import { describe, expect, it } from 'vitest'
import type { ChangedFile } from '../../../src/domain/migrations/changed-file.ts'
import { findMigrations } from '../../../src/domain/migrations/find-migrations.ts'

const file = (change: ChangedFile['change'], path: string, from?: string): ChangedFile => ({
  change,
  path,
  ...(from !== undefined && { from }),
  sort: 'file',
})
const added = (path: string) => file('added', path)

describe('paths that look like migrations but match no rule', () => {
  it('each file is listed once, by the path that looks like a migration', () => {
    const { migrations, unrecognized } = findMigrations([
      added('src/db/migrations.ts'),
      added('docs/migrations/guide.md'),
      added('src/index.ts'),
      file('renamed', 'src/setup.ts', 'src/migrate/setup.ts'),
      { ...added('shared/a.ts'), aliases: ['db/migrator/a.ts'] },
    ])
    expect(migrations).toEqual([])
    expect(unrecognized).toEqual(['src/db/migrations.ts', 'src/migrate/setup.ts', 'db/migrator/a.ts'])
  })
})

describe('the state of a changed migration', () => {
  const old = 'prisma/migrations/1_init/migration.sql'
  it.each<[string, ChangedFile, object]>([
    ['a new file is an added migration', added(old), { state: 'added', applied: false }],
    ['an edited migration counts as applied', file('edited', old), { state: 'edited', applied: true }],
    ['a deleted migration counts as applied', file('deleted', old), { state: 'deleted', applied: true }],
    [
      'a renamed migration counts as applied',
      file('renamed', 'prisma/migrations/2_init/migration.sql', old),
      { state: 'renamed', from: old, applied: true },
    ],
    [
      'a migration moved out of its folder counts as applied',
      file('renamed', 'attic/init.sql', old),
      { state: 'renamed', from: old, applied: true },
    ],
    [
      'a file moved into the folder is an added migration',
      file('renamed', old, 'drafts/init.sql'),
      { state: 'added', applied: false },
    ],
  ])('%s', (_, change, expected) => {
    const { migrations, edited } = findMigrations([change])
    expect(migrations).toEqual([{ tool: 'prisma', path: change.path, ...expected }])
    expect(edited).toBe(migrations[0]?.applied ? 1 : 0)
  })
  it.each(['drizzle/meta/_journal.json', 'sql/R__views.sql', 'db/changelog/db.changelog-master.xml'])(
    '%s may be edited, but not deleted, without a finding',
    (path) => {
      expect(findMigrations([file('edited', path)])).toMatchObject({
        migrations: [{ state: 'edited', applied: false }],
        edited: 0,
      })
      expect(findMigrations([file('deleted', path)])).toMatchObject({ edited: 1 })
    },
  )
})

describe('globs given by the user', () => {
  const paths = ['db/changes/1.sql', 'db/changes/old/2.sql', 'migrations/1.js', 'migrations/1.test.js'].map(added)
  const found = (...globs: string[]) =>
    findMigrations(paths, globs).migrations.map(({ path, tool }) => `${tool} ${path}`)
  it('globs replace the built-in rules', () => {
    expect(found('db/changes/**')).toEqual(['custom db/changes/1.sql', 'custom db/changes/old/2.sql'])
  })
  it.each(['./db/changes/*.sql', '/db/changes/*.sql'])('the glob %s starts at the root of the repository', (glob) => {
    expect(found(glob)).toEqual(['custom db/changes/1.sql'])
  })
  it('a glob that ends with a slash matches everything below the folder', () => {
    expect(found('db/changes/')).toHaveLength(2)
  })
  it('a glob with ! excludes files', () => {
    expect(found('db/changes/**', '!db/changes/old/**')).toEqual(['custom db/changes/1.sql'])
  })
  it('globs that only exclude narrow the built-in rules', () => {
    expect(found('!**/*.test.js')).toEqual(['knex migrations/1.js'])
  })
  it('globs ignore case to include files and respect case to exclude them', () => {
    expect(found('DB/changes/**', '!DB/changes/old/**')).toHaveLength(2)
  })
  it('links and submodules count as migrations unless a glob excludes them', () => {
    const linked = (...globs: string[]) =>
      findMigrations([{ change: 'edited', path: 'db', sort: 'submodule' }], globs).tools
    expect(linked('db/changes/*.sql')).toEqual(['links'])
    expect(linked('db/changes/*.sql', '!db')).toEqual([])
  })
})

describe('misleading file names', () => {
  it.each([
    'a\nb/migrations/x\ny/migration.sql',
    'migrations/--help.js',
    'migrations/-1.js',
    "migrations/$(touch x)';.js",
    'migrations/"quoted" \\ back.js',
    'migrations/\u202egnp.js',
    '.hidden/migrations/.dotted.js',
    'migrations/\ufffd.sql',
  ])('%j is detected as a migration', (path) => {
    expect(findMigrations([added(path)]).migrations).toHaveLength(1)
  })
  it('a link or a submodule counts as a migration under any name', () => {
    const found = findMigrations([
      { change: 'added', path: 'db/migrations', sort: 'link' },
      { change: 'added', path: 'db', sort: 'link' },
      { change: 'edited', path: 'vendor/shared', sort: 'submodule' },
      { change: 'deleted', path: 'vendor/alembic', sort: 'submodule' },
      { change: 'added', path: 'migrations', sort: 'file' },
    ])
    expect(found.migrations.map(({ path, tool }) => [path, tool])).toEqual([
      ['db/migrations', 'links'],
      ['db', 'links'],
      ['vendor/shared', 'links'],
      ['vendor/alembic', 'links'],
    ])
  })
  it('a link to a document and a deleted link do not count as migrations', () => {
    const found = findMigrations([
      { change: 'added', path: 'CLAUDE.md', sort: 'link' },
      { change: 'deleted', path: 'vendor/shared', sort: 'link' },
    ])
    expect(found.migrations).toEqual([])
  })
  it.each([
    ['in another case', 'DB/Migrations/1.SQL'],
    ['with invisible characters', 'migra\u200ctions/1.sql'],
    ['with wide characters', '\uff4digrations/1.sql'],
    ['with a long s', 'migration\u017f/1.sql'],
    ['with dots and spaces at the end', 'migrations. /1.sql .'],
  ])('a name that some file systems treat as a migration path is detected: %s', (_, path) => {
    expect(findMigrations([added(path)]).migrations).toHaveLength(1)
  })
  it('a file that a link places among migrations counts as a migration', () => {
    const found = findMigrations([{ ...file('edited', 'shared/1.txt'), aliases: ['db/migrations/1.sql'] }])
    expect(found.migrations).toMatchObject([{ tool: 'sql', path: 'shared/1.txt', applied: true }])
  })
})

it('settings and schema files count as migrations, but their edits are not findings', () => {
  const settings = ['prisma/schema.prisma', 'db/structure.sql', 'knexfile.js', 'alembic.ini']
  for (const change of ['edited', 'deleted'] as const) {
    expect(findMigrations(settings.map((path) => file(change, path)))).toMatchObject({
      migrations: settings.map((path) => ({ path, applied: false })),
      edited: 0,
    })
  }
})

it('each tool is listed once', () => {
  const found = findMigrations(['migrations/2.js', 'db/migrate/1.rb', 'migrations/1.js'].map(added))
  expect(found.tools).toEqual(['knex', 'rails'])
})
