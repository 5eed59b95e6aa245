// How the migrations of each tool are told by their paths: data, the most particular first.

/** Globs are picomatch's; `name`, where given, must fit the file's own name too. */
export interface MigrationRule {
  readonly tool: string
  readonly globs: readonly string[]
  readonly name?: RegExp
  /** The tool expects that old files of this sort are edited, such as a journal or a changelog that is added to. */
  readonly editable?: true
  /** Only links and submodules: what they hold cannot be seen, so that they are taken for a folder of migrations. */
  readonly only?: 'links'
}

const scripts = '{js,cjs,mjs,ts,cts,mts}'
const texts = '{xml,yaml,yml,json,sql}'

/** The first rule that fits a path names its tool. */
export const migrationRules: readonly MigrationRule[] = [
  { tool: 'prisma', globs: ['**/migrations/*/migration.sql', '**/prisma/**/migration.sql'] },
  { tool: 'prisma', globs: ['**/migrations/migration_lock.toml'], editable: true },
  { tool: 'drizzle', globs: ['**/drizzle/**/*.sql'] },
  { tool: 'drizzle', globs: ['**/meta/_journal.json'], editable: true },
  { tool: 'rails', globs: ['**/db/{migrate,*_migrate}/**/*.rb'] },
  { tool: 'alembic', globs: ['**/*alembic*/**/versions/**/*.py', '**/migrations/**/versions/**/*.py'] },
  { tool: 'django', globs: ['**/migrations/*.py'], name: /^(?![_~]|env\.py$)/ },
  { tool: 'golang-migrate', globs: ['**/*.{up,down}.sql'] },
  { tool: 'flyway', globs: ['**/{V,U,B}[0-9]*__*.sql', '**/db/migration/**/{V,U,B}[0-9]*__*.{java,kt,groovy,scala}'] },
  { tool: 'flyway', globs: ['**/R__*.sql', '**/db/migration/**/R__*.{java,kt,groovy,scala}'], editable: true },
  { tool: 'liquibase', globs: [`**/*changelog*/**/*.${texts}`, `**/db.changelog*.${texts}`], editable: true },
  { tool: 'sequelize', globs: [`**/migrations/*.${scripts}`], name: /^\d{14}-/ },
  { tool: 'typeorm', globs: [`**/{migration,migrations}/**/*.${scripts}`], name: /^\d{13}-/ },
  { tool: 'node-pg-migrate', globs: [`**/migrations/*.${scripts}`, '**/migrations/*.sql'], name: /^(\d{13}|\d{17})_/ },
  { tool: 'knex', globs: [`**/migrations/*.${scripts}`] },
  { tool: 'sql', globs: ['**/migrations/**/*.sql'] },
  { tool: 'links', globs: ['**/{migrations,migration,migrate,drizzle,alembic,versions,changelog}'], only: 'links' },
]

/** Files that say what the schema should be, but change no database by themselves: told, never judged. */
export const schemaGlobs: readonly string[] = [
  '**/schema.prisma',
  '**/prisma/**/*.prisma',
  '**/db/schema.rb',
  '**/db/structure.sql',
]
