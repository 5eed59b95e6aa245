// The built-in rules: the tool of each migration path, and paths that are not migrations.
import { describe, expect, test } from 'vitest'
import { findMigrations } from '../../../src/domain/migrations/find-migrations.ts'

const toolOf = (path: string) => findMigrations([{ change: 'added', path, sort: 'file' }]).migrations[0]?.tool

describe('the built-in rules', () => {
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
    'a migration of %s is recognized: %s',
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
])('%s is not a migration', (path) => {
  expect(toolOf(path)).toBeUndefined()
})
