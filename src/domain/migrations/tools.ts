// Paths that count as migrations, tool by tool: data. The first rule that fits names the tool, so the most specific come first.

/**
 * Globs and names are lower case: paths are compared as `plainPath` gives them. A file must fit one of the globs and, where
 * given, `name` must fit its own name.
 */
export interface MigrationRule {
  readonly tool: string
  readonly globs: readonly string[]
  readonly name?: RegExp
  /** The tool expects edits of old files, such as a journal or a changelog that entries are added to. */
  readonly editable?: true
  /** Settings of the tool or a description of the schema: it decides what a migration does, and no database records it as applied. */
  readonly settings?: true
}

const scripts = '{js,cjs,mjs,ts,cts,mts}'
const texts = '{xml,yaml,yml,json,sql}'
const folder = '{*migration,*migrations,migration[-_.]*,migrations*}'

/** Extensions of SQL, of source code, and of what an interpreter or a tool loads in place of source code. */
const code = new RegExp(
  String.raw`\.(${[
    'sql psql pgsql plsql ddl dml cql hql surql pks pkb prc fnc trg vw fizz',
    'js cjs mjs ts cts mts coffee litcoffee ls iced eg co py pyc pyd pyi so pyx rb erb php phar phtml inc pl pm lua tcl raku',
    'go rs c cc cpp h java class jar war kt kts groovy scala clj cljs cljc edn cs csx vb fs fsx dll exe ex exs eex erl hrl',
    'swift dart hs lhs ml mli nim cr d zig r jl lisp rkt scm elm gleam v wasm node',
    'sh bash zsh fish ksh ps1 psm1 bat cmd awk mako tmpl gotmpl j2 jinja ejs hbs mustache liquid gz bz2 xz zst zip',
  ]
    .join(' ')
    .replaceAll(' ', '|')})$`,
)

/** A numbered file that is neither prose nor a picture. */
const numbered =
  /^v?\d+(?![a-z\d])(?!.*\.(md|mdx|markdown|txt|rst|adoc|html?|css|csv|tsv|log|out|pdf|png|jpe?g|gif|svg|webp|ico)$)/

/** Settings of tools: they say where migrations are and to which database they go. */
const settingsOf: Readonly<Record<string, readonly string[]>> = {
  prisma: ['prisma.config.*', '.config/prisma.*'],
  drizzle: ['drizzle*.config.*'],
  knex: ['knexfile*'],
  kysely: ['kysely.config.*', '.config/kysely.*'],
  sequelize: ['.sequelizerc*'],
  typeorm: ['ormconfig.*', `{data-source,datasource}.${scripts}`],
  'mikro-orm': ['mikro-orm*.config.*'],
  'node-pg-migrate': ['.node-pg-migrate*', 'node-pg-migrate.config.*'],
  'db-migrate': ['.db-migraterc', 'database.json'],
  'graphile-migrate': ['.gmrc*'],
  alembic: ['alembic*.ini', '*alembic*/env.py', '*migrations/env.py'],
  yoyo: ['yoyo*.ini'],
  aerich: ['aerich.ini'],
  flyway: ['flyway*.{conf,toml,properties,json,yml,yaml}', '*.sql.conf'],
  liquibase: ['liquibase*.{properties,yml,yaml,conf}', '*.flowfile.{yml,yaml}'],
  atlas: ['atlas.hcl', 'atlas.sum'],
  sqitch: ['sqitch*.{conf,plan}'],
  dbmate: ['.dbmate*', 'dbmate.{toml,yml,yaml}'],
  goose: ['.goose*', 'goose.{toml,yml,yaml}'],
  'sql-migrate': ['dbconfig.{yml,yaml}'],
  tern: ['tern.conf'],
  diesel: ['diesel.toml'],
  refinery: ['refinery.toml'],
  phinx: ['phinx*.{php,py,yml,yaml,json}'],
  doctrine: [
    'doctrine_migrations.{php,yml,yaml,xml}',
    'migrations.{php,yml,yaml,xml,json}',
    'migrations-db.php',
    'cli-config.php',
  ],
  supabase: ['supabase/config.toml'],
}

const settings: readonly MigrationRule[] = Object.entries(settingsOf).map(([tool, names]) => ({
  tool,
  globs: names.map((name) => `**/${name}`),
  settings: true,
}))

export const migrationRules: readonly MigrationRule[] = [
  ...settings,
  { tool: 'drizzle', globs: ['**/drizzle/**/*.sql'] },
  { tool: 'prisma', globs: ['**/migration.sql'] },
  { tool: 'prisma', globs: ['**/migrations/migration_lock.toml'], editable: true },
  { tool: 'drizzle', globs: ['**/meta/_journal.json'], editable: true },
  { tool: 'rails', globs: ['**/db/{migrate,*_migrate}/**/*.rb'] },
  { tool: 'rails', globs: ['**/db/data/**/*.rb'], name: /^\d/ },
  { tool: 'alembic', globs: ['**/*alembic*/**/versions/**/*.py', '**/*migrations/**/versions/**/*.py'] },
  { tool: 'django', globs: ['**/migrations/**/*.{py,pyc}'] },
  { tool: 'golang-migrate', globs: ['**/*.{up,down}.{sql,fizz}'] },
  { tool: 'diesel', globs: ['**/{up,down}.sql'] },
  { tool: 'flyway', globs: ['**/{v,u,b}[0-9]*__*.sql', `**/${folder}/**/{v,u,b}[0-9]*__*.{java,kt,groovy,scala}`] },
  { tool: 'flyway', globs: ['**/r__*.sql', `**/${folder}/**/r__*.{java,kt,groovy,scala}`], editable: true },
  { tool: 'flyway', globs: ['**/*.sql'], name: /^(before|after|create)[a-z]+(__.*)?\.sql$/, editable: true },
  {
    tool: 'liquibase',
    globs: [
      `**/*changelog*/**/*.${texts}`,
      `**/liquibase/**/*.${texts}`,
      '**/*changelog*.{xml,sql}',
      `**/{db.changelog*,*changelog-{master,root}*}.${texts}`,
    ],
    editable: true,
  },
  { tool: 'laravel', globs: [`**/${folder}/**/*.php`], name: /^\d{4}_\d\d_\d\d_\d{6}_/ },
  { tool: 'doctrine', globs: [`**/${folder}/**/version*.php`] },
  { tool: 'phinx', globs: [`**/${folder}/**/*.php`], name: /^\d{14}_/ },
  { tool: 'ecto', globs: [`**/${folder}/**/*.exs`] },
  { tool: 'ef-core', globs: [`**/${folder}/**/*.{cs,vb,fs}`] },
  { tool: 'goose', globs: [`**/${folder}/**/*.go`], name: /^\d+_/ },
  { tool: 'goose', globs: [`**/${folder}/**/*.sql`], name: /^\d{5}_/ },
  { tool: 'supabase', globs: ['**/supabase/{migrations,schemas}/**/*.sql'] },
  { tool: 'sqitch', globs: ['**/{deploy,revert,verify}/**/*.sql'] },
  { tool: 'mikro-orm', globs: [`**/${folder}/**/*.${scripts}`], name: /^migration\d{14}/ },
  { tool: 'sequelize', globs: [`**/migrations/**/*.${scripts}`], name: /^\d{14}-/ },
  { tool: 'typeorm', globs: [`**/${folder}/**/*.${scripts}`], name: /^\d{13}-/ },
  { tool: 'node-pg-migrate', globs: [`**/migrations/**/*.{js,cjs,mjs,ts,cts,mts,sql}`], name: /^(\d{13}|\d{17})_/ },
  { tool: 'dbmate', globs: ['**/db/migrations/**/*.sql'], name: /^\d{14}_/ },
  { tool: 'kysely', globs: [`**/kysely/**/migrations/**/*.${scripts}`] },
  { tool: 'knex', globs: [`**/migrations{,[-_.]*}/**/*.${scripts}`] },
  { tool: 'exposed', globs: [`**/${folder}/**/*.{kt,kts}`] },
  { tool: 'dbup', globs: ['**/{dbscripts,*migrator*}/**/*.sql'] },
  { tool: 'sql', globs: [`**/${folder}/**/*.sql`, '**/{migrate,*[-_]migrate}/**/*.sql'] },
  { tool: 'sql', globs: ['**/*.sql'], name: /^\d{2,}([-_.].*)?\.sql$/ },
  { tool: 'schema', globs: ['**/schema.prisma', '**/prisma/**/*.prisma', '**/db/{schema,*_schema}.rb'], settings: true },
  { tool: 'schema', globs: ['**/*{schema,structure}.sql', '**/*schema*.hcl'], settings: true },
  { tool: 'schema', globs: ['**/schema_migrations*', '**/schema_migrations/**'], settings: true },
  { tool: 'other', globs: [`**/${folder}/**/*`, '**/db/{migrate,*[-_]migrate}/**/*'], name: code },
  { tool: 'other', globs: ['**/{migration,migrations}/**/*.{jsx,tsx,astro,vue,svelte}'] },
  { tool: 'other', globs: ['**/{migration,migrations}/**/*.{xml,yaml,yml,json,toml}'], name: /^[^.]/, editable: true },
  { tool: 'other', globs: [`**/${folder}/**/*`, '**/{migrate,*[-_]migrate}/**/*'], name: numbered },
]

/**
 * Never migrations: Go leaves `_test.go` out of programs, Maven and Gradle leave `src/test` out of packages, and a generated
 * client holds a copy of the schema.
 */
export const neverMigrations: readonly string[] = [
  '**/*_test.go',
  '**/src/test/**/*.{java,kt,kts,groovy,scala}',
  '**/{node_modules,generated,.prisma}/**/*.prisma',
]

/** Folders of migrations: the deletion of a link or submodule of such a name removes migrations. */
export const migrationFolders: readonly string[] = [
  `**/{${folder.slice(1, -1)},migrate,*[-_]migrate,drizzle,*alembic*,versions,*changelog*}`,
]

/** A link of such a name leads to a document, not to a folder. */
export const documentName = /\.(md|mdx|markdown|txt|rst|adoc|html?|png|jpe?g|gif|svg|webp|ico|pdf)$/
