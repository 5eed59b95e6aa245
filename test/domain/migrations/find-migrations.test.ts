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
      'db/changes/001_x/migration.sql',
      'prisma/migrations/001/migration.SQL',
      'prisma.config.ts',
      '.config/prisma.mjs',
    ],
    drizzle: [
      'drizzle/0003_add_tenant.sql',
      'apps/api/drizzle/20261124_x/migration.sql',
      'drizzle/meta/_journal.json',
      'drizzle.config.ts',
      'drizzle-prod.config.json',
    ],
    knex: [
      'migrations/20261124120000_add_tenant.js',
      'src/db/migrations/add_tenant.ts',
      'migrations/1_a.cjs',
      'migrations/1_a.mjs',
      'server/db/migrations-sqlite/2.5.1.js',
      'knexfile.js',
      'db/knexfile.prod.ts',
    ],
    kysely: ['kysely.config.ts', 'src/kysely/migrations/add_tenant.ts'],
    typeorm: [
      'src/migrations/1732449600000-AddTenant.ts',
      'src/migration/1732449600000-AddTenant.js',
      'ormconfig.json',
      'src/data-source.ts',
    ],
    'mikro-orm': [
      'src/migrations/Migration20261124120000.ts',
      'src/migrations/Migration20261124120000_add.js',
      'mikro-orm.config.ts',
    ],
    sequelize: [
      'migrations/20261124120000-add-tenant.js',
      'db/migrations/20261124120000-add-tenant.cjs',
      '.sequelizerc',
    ],
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
      'sql/afterMigrate__grants.sql',
      'sql/V2__add_tenant.sql.conf',
      'src/main/java/db/migration/V4__move.java',
      'lib/src/main/kotlin/io/shop/configs/migrations/V1_6_0_010__Add_Column.kt',
      'conf/flyway.toml',
    ],
    liquibase: [
      'db/changelog/db.changelog-master.yaml',
      'src/main/resources/db/changelog/changes/001.xml',
      'changelogs/2026/add.sql',
      'db.changelog-1.0.json',
      'example-changelog.sql',
      'liquibase.properties',
    ],
    rails: [
      'db/migrate/20261124120000_add_tenant.rb',
      'engine/db/migrate/1_a.rb',
      'db/animals_migrate/1_a.rb',
      'db/data/20261124120000_fill.rb',
    ],
    django: [
      'shop/migrations/0002_tenant.py',
      'migrations/backfill.py',
      'shop/migrations/__init__.py',
      'shop/migrations/0002.pyc',
    ],
    alembic: [
      'alembic/versions/ae1027a6acf_add.py',
      'src/my_alembic/versions/1.py',
      'migrations/versions/ae10_add.py',
      'server/database/_migrations/versions/postgresql/ae10_add.py',
      'alembic.ini',
      'migrations/env.py',
    ],
    'golang-migrate': ['db/000001_init.up.sql', 'migrations/000001_init.down.sql'],
    diesel: ['migrations/2026-11-24-120000_add/up.sql', 'diesel.toml'],
    laravel: ['database/migrations/2026_01_01_000000_drop_users.php'],
    doctrine: ['migrations/Version20260101.php', 'config/packages/doctrine_migrations.yaml', 'migrations-db.php'],
    phinx: ['db/migrations/20261124120000_add_tenant.php', 'phinx.yml'],
    ecto: ['priv/repo/migrations/20260101000000_drop.exs', 'priv/analytics_repo/tenant_migrations/1_a.exs'],
    'ef-core': [
      'Migrations/20260101_Drop.cs',
      'src/Shop.PostgresMigrations/Migrations/ShopContextModelSnapshot.cs',
      'Migrations/1_Drop.fs',
    ],
    goose: ['migrations/0001_x.go', 'sql/migrations/00001_init.sql'],
    dbmate: ['db/migrations/20261124120000_add.sql'],
    atlas: ['atlas.hcl', 'migrations/atlas.sum'],
    sqitch: ['deploy/users.sql', 'revert/users.sql', 'verify/users.sql', 'sqitch.plan', 'sqitch.conf'],
    supabase: ['supabase/migrations/20261124120000_add.sql', 'supabase/schemas/shop.sql', 'supabase/config.toml'],
    exposed: ['src/migrations/001.kt', 'src/main/kotlin/migrations/AddTenant.kts'],
    dbup: ['util/Migrator/DbScripts/2026-01-17_00_Hashes.sql'],
    'graphile-migrate': ['.gmrc'],
    'sql-migrate': ['dbconfig.yml'],
    sql: [
      'db/migrations/add.sql',
      'Migrations/001.sql',
      'sqls-migration/0001_x.sql',
      'db_migrate/1.sql',
      'sqls/0001_x.sql',
    ],
    schema: [
      'prisma/schema.prisma',
      'prisma/models/tenant.prisma',
      'db/schema.rb',
      'db/structure.sql',
      'db/schema.sql',
      'schema.pg.hcl',
      'db/schema_migrations/20261124120000',
    ],
    other: [
      'migrations/001.rb',
      'migrations/001.sh',
      'migrations/001.jsx',
      'kong/plugins/jwt/migrations/init.lua',
      'migration/src/m20261124_add.rs',
      'migrations/01_add_tenant.json',
      'migrations/20261124120000-add.edn',
      'data-migrations/1/data-migration.exs.eex',
    ],
  }
  test.each(Object.entries(layouts).flatMap(([tool, paths]) => paths.map((path) => [tool, path])))(
    '%s: %s',
    (tool, path) => {
      expect(toolOf(path)).toBe(tool)
    },
  )
})

test.each([
  'src/index.ts',
  'README.md',
  'CHANGELOG.md',
  'prisma/seed.ts',
  'docs/migrations.md',
  'docs/migrations/guide.md',
  'docs/migrations/0001-guide.mdx',
  'docs/migrations/1.png',
  'migrations/.gitkeep',
  'src/migrations/.snapshot-shop.json',
  'src/features/v4-migration/Banner.tsx',
  'pkg/migrations/run_test.go',
  'src/test/kotlin/migrations/V1__Init.kt',
  'src/generated/client/schema.prisma',
  'src/commands/migrate.ts',
  'migrations/README.md',
  'src/versions/list.py',
  'V1_not_flyway.sql',
  'queries/report.sql',
])('%s is no migration', (path) => {
  expect(toolOf(path)).toBeUndefined()
})

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
