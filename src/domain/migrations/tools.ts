// Paths that count as migrations, by tool. The first matching rule names the tool, so the most specific come first.

/**
 * Globs and names are lower case: paths are normalized by `plainPath`. A file must match one of the globs and, if
 * given, its own name must match `name`.
 */
export interface MigrationRule {
  readonly tool: string
  readonly globs: readonly string[]
  readonly name?: RegExp
  /** The tool expects edits of old files, such as a journal or a changelog to which entries are added. */
  readonly editable?: true
  /**
   * Settings of the tool or a description of the schema: they determine what a migration does, but no database records
   * them as applied.
   */
  readonly settings?: true
}

const scripts = '{js,cjs,mjs,ts,cts,mts}'
const texts = '{xml,yaml,yml,json,sql}'
const folder = '{*migration,*migrations,migration[-_.]*,migrations*}'
const migrate = '{migrate,*[-_]migrate,migrate[-_]*}'

/** Extensions of SQL, of source code, and of what an interpreter or a tool loads in place of source code. */
const code = new RegExp(
  String.raw`\.(${[
    'sql psql pgsql plsql ddl dml cql hql surql pks pkb prc fnc trg vw fizz',
    'js cjs mjs ts cts mts coffee litcoffee ls iced eg co py pyc pyd pyi so pyx rb erb php phar phtml inc pl pm lua tcl raku',
    'go rs c cc cpp h java class jar war kt kts groovy scala clj cljs cljc edn cs csx vb fs fsx dll exe ex exs eex erl hrl',
    'swift dart hs lhs ml mli nim cr d zig r jl lisp rkt scm elm gleam v wasm node stub',
    'sh bash zsh fish ksh ps1 psm1 bat cmd awk mako tmpl gotmpl j2 jinja ejs hbs mustache liquid gz bz2 xz zst zip',
  ]
    .join(' ')
    .replaceAll(' ', '|')})$`,
)

/** A numbered file that is neither a document nor an image. */
const numbered =
  /^v?\d+(?![a-z\d])(?!.*\.(md|mdx|markdown|txt|rst|adoc|html?|css|csv|tsv|log|out|pdf|png|jpe?g|gif|svg|webp|ico)$)/

/** Settings of tools: they define where migrations are and which database they change. */
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
  alembic: ['*alembic*.ini', '{*alembic*,*migration,*migrations}/{env.py,script.py.mako}'],
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

/** `V1_2__name.sql`, and the same for classes and scripts. */
const versioned = /^[vub]\d[^/]*?__.*\.(sql|psql|ddl|pks|pkb|java|kt|kts|groovy|scala|sh|bash|ps1|bat|cmd|py)$/
const repeatable = /^r__.*\.(sql|psql|ddl|pks|pkb|java|kt|kts|groovy|scala|sh|bash|ps1|bat|cmd|py)$/
const callback =
  /^((before|after)(each)?(migrate|undo|clean|info|validate|baseline|repair|versioned|repeatables|connect|deploy)\w*|createschema)(__.*)?\.(sql|sh|bash|ps1|cmd|py)$/

/** `ae1027a6acf1_add.py`, with or without a date in front: a revision of Alembic, in any folder. */
const revision = /^(\d{4}[-_.]?\d\d[-_.]?\d\d\S*?[-_])?(?=\d*[a-f])(?=[a-f]*\d)[\da-f]{10,13}(_.*)?\.py$/

export const migrationRules: readonly MigrationRule[] = [
  ...settings,
  { tool: 'drizzle', globs: ['**/drizzle/**/*.sql'] },
  { tool: 'prisma', globs: ['**/migration.sql'] },
  { tool: 'prisma', globs: ['**/migrations/migration_lock.toml'], editable: true },
  { tool: 'drizzle', globs: ['**/meta/_journal.json'], editable: true },
  { tool: 'rails', globs: [`**/db/**/${migrate}/**/*.rb`] },
  { tool: 'rails', globs: ['**/db/data/**/*.rb'], name: /^\d/ },
  { tool: 'alembic', globs: ['**/*{alembic,migrat}*/**/{versions*,*[-_]versions}/**/*.py', '**/*alembic*/**/*.sql'] },
  {
    tool: 'alembic',
    globs: ['**/{versions,*[-_]versions}/**/*.py'],
    name: /^(\d{3,4}|\d{8,14}|\d{4}[-_.]\d\d[-_.]\d\d)[-_.]/,
  },
  { tool: 'alembic', globs: ['**/*.py'], name: revision },
  { tool: 'django', globs: ['**/migrations/**/*.{py,pyc}'] },
  { tool: 'golang-migrate', globs: ['**/*.{up,down}.{sql,fizz}'] },
  { tool: 'golang-migrate', globs: ['**/*.{up,down}.{json,cql,surql,cypher}'], name: /^\d/ },
  { tool: 'postgrator', globs: ['**/*'], name: /^\d+\.(do|undo)\..*(sql|[cm]?[jt]s)$/ },
  { tool: 'diesel', globs: ['**/{up,down}.sql'] },
  { tool: 'flyway', globs: ['**/*'], name: versioned },
  { tool: 'flyway', globs: ['**/*'], name: repeatable, editable: true },
  { tool: 'flyway', globs: ['**/*'], name: callback, editable: true },
  { tool: 'flyway', globs: ['**/flyway/**/*.sql'] },
  {
    tool: 'liquibase',
    globs: [
      `**/liquibase/**/*.${texts}`,
      `**/{db,database,databases,sql,persistence,resources}/**/*changelog*/**/*.${texts}`,
      '**/*changelog*/**/*.{xml,sql}',
      '**/*changelog*.{xml,sql}',
      `**/{db.changelog*,db[-_]changelog*,dbchangelog*,*changelog-{master,root,main}*}.${texts}`,
      '**/liquibase*.xml',
    ],
    editable: true,
  },
  { tool: 'laravel', globs: ['**/*.php{,.stub}'], name: /^\d{4}_\d\d_\d\d_\d{6}_/ },
  { tool: 'doctrine', globs: [`**/${folder}/**/version*.php`] },
  { tool: 'doctrine', globs: ['**/*.php'], name: /^version\d{8,}/ },
  { tool: 'yii', globs: ['**/*.php'], name: /^m\d{6}_\d{6}_/ },
  { tool: 'phinx', globs: [`**/${folder}/**/*.php`], name: /^\d{14}_/ },
  { tool: 'drupal', globs: ['**/{modules,profiles}/**/*.install', '**/*.post_update.php'] },
  { tool: 'moodle', globs: ['**/db/{install.xml,install.php,upgrade.php}'] },
  { tool: 'ecto', globs: [`**/${folder}/**/*.exs`] },
  { tool: 'ecto', globs: ['**/*.exs'], name: /^\d{14}_/ },
  { tool: 'ef-core', globs: [`**/${folder}/**/*.{cs,vb,fs}`, '**/*modelsnapshot.{cs,vb,fs}'] },
  { tool: 'ef-core', globs: ['**/*.{cs,vb,fs}'], name: /^(m_?)?\d{12,14}_/ },
  { tool: 'goose', globs: [`**/${folder}/**/*.go`], name: /^\d+_/ },
  { tool: 'goose', globs: [`**/${folder}/**/*.sql`], name: /^\d{5}_/ },
  { tool: 'supabase', globs: ['**/supabase/{migrations,schemas}/**/*.sql'] },
  { tool: 'sqitch', globs: ['**/{deploy,revert,verify}/**/*.sql'] },
  { tool: 'mikro-orm', globs: [`**/*.${scripts}`], name: /^migration\d{14}/ },
  { tool: 'sequelize', globs: [`**/migrations/**/*.${scripts}`], name: /^\d{14}-/ },
  { tool: 'typeorm', globs: [`**/*.${scripts}`], name: /^\d{13}-/ },
  { tool: 'node-pg-migrate', globs: ['**/migrations/**/*.{js,cjs,mjs,ts,cts,mts,sql}'], name: /^(\d{13}|\d{17})_/ },
  { tool: 'dbmate', globs: ['**/db/migrations/**/*.sql'], name: /^\d{14}_/ },
  { tool: 'kysely', globs: [`**/kysely/**/migrations/**/*.${scripts}`] },
  { tool: 'knex', globs: [`**/migrations{,[-_.]*}/**/*.${scripts}`] },
  { tool: 'exposed', globs: [`**/${folder}/**/*.{kt,kts}`] },
  { tool: 'sea-orm', globs: ['**/*.rs'], name: /^m\d{8}_\d{6}_/ },
  { tool: 'rails', globs: ['**/*.rb'], name: /^\d{14}_/ },
  { tool: 'play', globs: ['**/evolutions/**/*.sql'] },
  { tool: 'dbup', globs: ['**/{dbscripts,*migrator*}/**/*.sql'] },
  { tool: 'dbup', globs: ['**/*.sql'], name: /^script\d+/ },
  {
    tool: 'grate',
    globs: ['**/{up,runbeforeup,runfirstafterup,alterdatabase,beforemigration,aftermigration,runafter*}/**/*.sql'],
  },
  { tool: 'frappe', globs: ['**/patches/v[0-9]*/**/*.py', '**/patches.txt'] },
  { tool: 'extension', globs: ['**/*--*.sql'] },
  { tool: 'sql', globs: [`**/${folder}/**/*.sql`, `**/${migrate}/**/*.sql`] },
  { tool: 'sql', globs: ['**/{upgrade,upgrades,updates,patches,delta,deltas,alterations,versioned}/**/*.sql'] },
  { tool: 'sql', globs: ['**/*.sql'], name: /^(\d{2,}|\d[-_].*)([-_.].*)?\.sql$/ },
  {
    tool: 'schema',
    globs: ['**/schema.prisma', '**/prisma/**/*.prisma', '**/db/{schema,*_schema}.rb', '**/schemafile'],
    settings: true,
  },
  { tool: 'schema', globs: ['**/*{schema,structure}.sql', '**/ext_tables.sql', '**/*schema*.hcl'], settings: true },
  { tool: 'schema', globs: ['**/schema_migrations*', '**/schema_migrations/**'], settings: true },
  { tool: 'other', globs: [`**/${folder}/**/*`, `**/db/**/${migrate}/**/*`], name: code },
  { tool: 'other', globs: ['**/{migration,migrations}/**/*.{jsx,tsx,astro,vue,svelte}'] },
  {
    tool: 'other',
    globs: ['**/{migration,migrations}/**/*.{xml,yaml,yml,toml}', '**/{migration,migrations}/*.json'],
    name: /^[^.]/,
    editable: true,
  },
  { tool: 'other', globs: [`**/${folder}/**/*`, `**/${migrate}/**/*`], name: numbered },
]

/**
 * Never migrations: a generated client contains a copy of the schema, guides contain examples, and PostgreSQL's image
 * runs initialization scripts only in an empty database.
 */
export const neverMigrations: readonly string[] = [
  '**/node_modules/**',
  '**/{generated,.prisma}/**/*.prisma',
  '**/{migration,migrations}[-_]{guide,guides,docs,notes}/**',
  '**/{initdb,initdb.d,docker-entrypoint-initdb.d}/[0-9]*.{sql,sh}',
]

/** Folders of migrations: deleting a link or submodule with such a name removes migrations. */
export const migrationFolders: readonly string[] = [
  `**/{${folder.slice(1, -1)},migrate,*[-_]migrate,drizzle,*alembic*,versions,*changelog*}`,
]

/** A link with such a name points to a document, not to a folder. */
export const documentName = /\.(md|mdx|markdown|txt|rst|adoc|html?|png|jpe?g|gif|svg|webp|ico|pdf)$/
