// Which files are migrations, tool by tool, and which of them the base already has.
import { describe, expect, it, test } from 'vitest'
import type { ChangedFile } from '../../../src/domain/migrations/changed-file.ts'
import { findMigrations } from '../../../src/domain/migrations/find-migrations.ts'

const file = (change: ChangedFile['change'], path: string, from?: string): ChangedFile => ({
  change,
  path,
  ...(from !== undefined && { from }),
  sort: 'file',
})
const added = (path: string) => file('added', path)
const toolOf = (path: string) => findMigrations([added(path)]).migrations[0]?.tool

describe('the built-in rules know', () => {
  const layouts: Record<string, readonly string[]> = {
    prisma: [
      'prisma/migrations/20261124120000_add_tenant/migration.sql',
      'packages/db/prisma/migrations/0_init/migration.sql',
      'prisma/migrations/migration_lock.toml',
    ],
    drizzle: ['drizzle/0003_add_tenant.sql', 'apps/api/drizzle/20261124_x/migration.sql', 'drizzle/meta/_journal.json'],
    knex: [
      'migrations/20261124120000_add_tenant.js',
      'src/db/migrations/add_tenant.ts',
      'migrations/1_a.cjs',
      'migrations/1_a.mjs',
    ],
    typeorm: ['src/migrations/1732449600000-AddTenant.ts', 'src/migration/1732449600000-AddTenant.js'],
    sequelize: ['migrations/20261124120000-add-tenant.js', 'db/migrations/20261124120000-add-tenant.cjs'],
    'node-pg-migrate': [
      'migrations/1732449600000_add-tenant.js',
      'migrations/1732449600000_add-tenant.ts',
      'migrations/1732449600000_add-tenant.sql',
      'migrations/20261124120000000_add-tenant.sql',
    ],
    flyway: [
      'src/main/resources/db/migration/V1__init.sql',
      'sql/V2.1__add_tenant.sql',
      'sql/V2_1__add_tenant.sql',
      'sql/R__views.sql',
      'sql/U2__undo.sql',
      'sql/B3__baseline.sql',
      'src/main/java/db/migration/V4__move.java',
    ],
    liquibase: [
      'db/changelog/db.changelog-master.yaml',
      'src/main/resources/db/changelog/changes/001.xml',
      'changelogs/2026/add.sql',
      'db.changelog-1.0.json',
    ],
    rails: ['db/migrate/20261124120000_add_tenant.rb', 'engine/db/migrate/1_a.rb', 'db/animals_migrate/1_a.rb'],
    django: ['shop/migrations/0002_tenant.py', 'migrations/backfill.py'],
    alembic: ['alembic/versions/ae1027a6acf_add.py', 'src/my_alembic/versions/1.py', 'migrations/versions/ae10_add.py'],
    'golang-migrate': ['db/000001_init.up.sql', 'migrations/000001_init.down.sql'],
    sql: ['supabase/migrations/20261124120000_add.sql', 'db/migrations/add.sql'],
  }
  test.each(Object.entries(layouts).flatMap(([tool, paths]) => paths.map((path) => [tool, path])))('%s: %s', (tool, path) => {
    expect(toolOf(path)).toBe(tool)
  })
})

test.each([
  'src/index.ts',
  'README.md',
  'CHANGELOG.md',
  'prisma/seed.ts',
  'shop/migrations/__init__.py',
  'migrations/env.py',
  'docs/migrations.md',
  'migrations/README.md',
  'src/versions/list.py',
  'V1_not_flyway.sql',
  'queries/report.sql',
])('%s is no migration', (path) => {
  expect(toolOf(path)).toBeUndefined()
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
    ['that is moved out of sight', file('renamed', 'attic/init.sql', old), { state: 'renamed', from: old, applied: true }],
    ['that comes from elsewhere is a new one', file('renamed', old, 'drafts/init.sql'), { state: 'added', applied: false }],
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
  const found = (...globs: string[]) => findMigrations(paths, globs).migrations.map(({ path, tool }) => `${tool} ${path}`)
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
  it('a folder that is a link or a submodule is taken for migrations', () => {
    const found = findMigrations([
      { change: 'added', path: 'db/migrations', sort: 'link' },
      { change: 'edited', path: 'vendor/alembic', sort: 'submodule' },
      { change: 'added', path: 'migrations', sort: 'file' },
    ])
    expect(found.migrations.map(({ path, tool }) => [path, tool])).toEqual([
      ['db/migrations', 'links'],
      ['vendor/alembic', 'links'],
    ])
  })
  it('other links and submodules are told', () => {
    expect(findMigrations([{ change: 'edited', path: 'vendor/db', sort: 'submodule' }]).unseen).toEqual(['vendor/db'])
  })
})

it('a schema file is told, and is no migration', () => {
  const found = findMigrations([file('edited', 'prisma/schema.prisma'), file('edited', 'db/structure.sql')])
  expect(found).toMatchObject({ migrations: [], schemas: ['prisma/schema.prisma', 'db/structure.sql'] })
})

it('names each tool once', () => {
  const found = findMigrations(['migrations/2.js', 'db/migrate/1.rb', 'migrations/1.js'].map(added))
  expect(found.tools).toEqual(['knex', 'rails'])
})
