// Which changed files are migrations, and which of them the base already has.
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

describe('paths that speak of migrations, and that no rule takes for one', () => {
  it('are named once per file, by whichever of its names does', () => {
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

describe('an old migration', () => {
  const old = 'prisma/migrations/1_init/migration.sql'
  it.each<[string, ChangedFile, object]>([
    ['that is new is not old', added(old), { state: 'added', applied: false }],
    ['that is edited', file('edited', old), { state: 'edited', applied: true }],
    ['that is deleted', file('deleted', old), { state: 'deleted', applied: true }],
    [
      'that gets another name',
      file('renamed', 'prisma/migrations/2_init/migration.sql', old),
      { state: 'renamed', from: old, applied: true },
    ],
    [
      'that is moved out of sight',
      file('renamed', 'attic/init.sql', old),
      { state: 'renamed', from: old, applied: true },
    ],
    [
      'that comes from elsewhere is a new one',
      file('renamed', old, 'drafts/init.sql'),
      { state: 'added', applied: false },
    ],
  ])('%s', (_, change, expected) => {
    const { migrations, edited } = findMigrations([change])
    expect(migrations).toEqual([{ tool: 'prisma', path: change.path, ...expected }])
    expect(edited).toBe(migrations[0]?.applied ? 1 : 0)
  })
  it.each(['drizzle/meta/_journal.json', 'sql/R__views.sql', 'db/changelog/db.changelog-master.xml'])(
    'of a sort that its tool edits itself is a migration, and no finding: %s',
    (path) => {
      expect(findMigrations([file('edited', path)])).toMatchObject({
        migrations: [{ state: 'edited', applied: false }],
        edited: 0,
      })
      expect(findMigrations([file('deleted', path)])).toMatchObject({ edited: 1 })
    },
  )
})

describe('globs of the user', () => {
  const paths = ['db/changes/1.sql', 'db/changes/old/2.sql', 'migrations/1.js', 'migrations/1.test.js'].map(added)
  const found = (...globs: string[]) =>
    findMigrations(paths, globs).migrations.map(({ path, tool }) => `${tool} ${path}`)
  it('replace the built-in rules', () => {
    expect(found('db/changes/**')).toEqual(['custom db/changes/1.sql', 'custom db/changes/old/2.sql'])
  })
  it.each(['./db/changes/*.sql', '/db/changes/*.sql'])('start at the root: %s', (glob) => {
    expect(found(glob)).toEqual(['custom db/changes/1.sql'])
  })
  it('that end with a slash mean all that is below', () => {
    expect(found('db/changes/')).toHaveLength(2)
  })
  it('exclude with !', () => {
    expect(found('db/changes/**', '!db/changes/old/**')).toEqual(['custom db/changes/1.sql'])
  })
  it('that only exclude narrow the built-in rules', () => {
    expect(found('!**/*.test.js')).toEqual(['knex migrations/1.js'])
  })
  it('include in any case, and exclude in the written case only', () => {
    expect(found('DB/changes/**', '!DB/changes/old/**')).toHaveLength(2)
  })
  it('do not hide a link or a submodule', () => {
    const linked = (...globs: string[]) =>
      findMigrations([{ change: 'edited', path: 'db', sort: 'submodule' }], globs).tools
    expect(linked('db/changes/*.sql')).toEqual(['links'])
    expect(linked('db/changes/*.sql', '!db')).toEqual([])
  })
})

describe('names made to be overlooked', () => {
  it.each([
    'a\nb/migrations/x\ny/migration.sql',
    'migrations/--help.js',
    'migrations/-1.js',
    "migrations/$(touch x)';.js",
    'migrations/"quoted" \\ back.js',
    'migrations/\u202egnp.js',
    '.hidden/migrations/.dotted.js',
    'migrations/\ufffd.sql',
  ])('%j is seen', (path) => {
    expect(findMigrations([added(path)]).migrations).toHaveLength(1)
  })
  it('a link or a submodule is taken for migrations, whatever its name', () => {
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
  it('a link to a document, and a link that is deleted, are not', () => {
    const found = findMigrations([
      { change: 'added', path: 'CLAUDE.md', sort: 'link' },
      { change: 'deleted', path: 'vendor/shared', sort: 'link' },
    ])
    expect(found.migrations).toEqual([])
  })
  it.each([
    ['in another case', 'DB/Migrations/1.SQL'],
    ['with characters that are not shown', 'migra\u200ctions/1.sql'],
    ['with wide characters', '\uff4digrations/1.sql'],
    ['with a long s', 'migration\u017f/1.sql'],
    ['with dots and spaces at the end', 'migrations. /1.sql .'],
  ])('a name that some file system takes for migrations: %s', (_, path) => {
    expect(findMigrations([added(path)]).migrations).toHaveLength(1)
  })
  it('a file that a link gives a name among migrations is one', () => {
    const found = findMigrations([{ ...file('edited', 'shared/1.txt'), aliases: ['db/migrations/1.sql'] }])
    expect(found.migrations).toMatchObject([{ tool: 'sql', path: 'shared/1.txt', applied: true }])
  })
})

it('settings and descriptions of the schema are migrations, and no edit of them is a finding', () => {
  const settings = ['prisma/schema.prisma', 'db/structure.sql', 'knexfile.js', 'alembic.ini']
  for (const change of ['edited', 'deleted'] as const) {
    expect(findMigrations(settings.map((path) => file(change, path)))).toMatchObject({
      migrations: settings.map((path) => ({ path, applied: false })),
      edited: 0,
    })
  }
})

it('names each tool once', () => {
  const found = findMigrations(['migrations/2.js', 'db/migrate/1.rb', 'migrations/1.js'].map(added))
  expect(found.tools).toEqual(['knex', 'rails'])
})
