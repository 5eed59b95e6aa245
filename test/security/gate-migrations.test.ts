// Detection of migrations
// A pull request hides a migration from the migration gate.
import { execFile } from 'node:child_process'
import { chmod, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrationGate } from '../../src/commands/gate/migration-gate.ts'
import { openChanges } from '../../src/git/changes.ts'
import { parseInputs } from '../../src/inputs/parse.ts'
import { fakeWorld } from '../support/fakes.ts'
import { type GitRepository, makeRepository } from '../support/git-repository.ts'

let repository: GitRepository
let base: string

beforeEach(async () => {
  repository = await makeRepository()
  await repository.write('README.md')
  base = await repository.commit()
})
afterEach(() => repository.remove())

/** What the gate finds between the base and what the working tree holds now. */
async function found(given: Record<string, string> = {}, from = base): Promise<number> {
  const head = await repository.commit()
  const all: Record<string, string> = {
    base: from,
    head,
    checkout: repository.folder,
    'changes-only': 'true',
    ...given,
  }
  const values = parseInputs(migrationGate.inputs, (name) => (all[name] ? { text: all[name], from: name } : undefined))
  const { outputs } = await migrationGate.run(values, fakeWorld({ openChanges }))
  expect(outputs.verdict).toBe(outputs.migrations === 0 ? 'not-needed' : undefined)
  return Number(outputs.migrations)
}

const link = async (target: string, path: string) => {
  await mkdir(join(repository.folder, path, '..'), { recursive: true })
  await symlink(target, join(repository.folder, path))
}

test.each([
  'db/changes/001_x/migration.sql',
  'prisma.config.ts',
  'database/migrations/2026_01_01_000000_drop_users.php',
  'priv/repo/migrations/20260101000000_drop.exs',
  'Migrations/20260101_Drop.cs',
  'Migrations/001.sql',
  'migrations/Version20260101.php',
  'migrations/0001_x.go',
  'src/migrations/001.kt',
  'data-migration/0001_x.sql',
  'knexfile.js',
  'sqls/0001_x.sql',
  'prisma/migrations/001/migration.SQL',
  'migrations/001.jsx',
  'migrations/001.rb',
  'migrations/001.sh',
  'migrations/__init__.py',
  'migrations/helpers.d.ts',
  'migrations/001.pyc',
  'db/structure.sql',
  'prisma/schema.prisma',
  'db/schema_migrations/20260101',
  'MIGRATIONS/001.SQL',
  'migra\u200btions/001.sql',
  'migrations/\n002.sql',
  'a\nb/migrations/001.sql',
  'migrations/--help.sql',
  'db/MIGRAT~1/drop_users.js',
  'db\\migrations\\drop_users.js',
  'db/migrations/drop-users.xml',
  'migrations/drop_users.yaml',
  'migrations/drop_users.toml',
  'prisma/migrations/tests/migration.sql',
  'src/main/resources/db/migration/fixtures/V9__drop.sql',
  'db/migrations/__tests__/9.js',
  'db/migrations/drop.test.js',
  'db/migrations-sqlite/drop.spec.js',
  'db/data/1_spec.rb',
  'tests/migrations/0002_drop.py',
  'changelog/drop.xml',
  'db/changelog/drop.yaml',
  'src/sql/V9__Drop.kt',
  'db/initdb/0_x/migration.sql',
])('a migration with an unusual file name or folder is detected: %j', async (path) => {
  await repository.write(path, 'DROP TABLE users;')
  expect(await found()).toBe(1)
})

test.each(['docs/migrations/guide.md', 'docs/migrations.md', 'src/features/v5-migration/Banner.tsx', 'src/report.sql'])(
  'documentation and source files about migrations are not counted as migrations: %s',
  async (path) => {
    await repository.write(path)
    expect(await found()).toBe(0)
  },
)

test('a migrations folder replaced with a symbolic link to another folder is detected', async () => {
  await repository.write('elsewhere/001.txt')
  await link('../elsewhere', 'db/migrations')
  expect(await found()).toBe(1)
})

test('a parent of the migrations folder replaced with a symbolic link is detected', async () => {
  await link('../outside', 'app/db')
  expect(await found()).toBe(1)
})

test('a migration added to the target folder of an existing symbolic link is detected', async () => {
  await repository.write('shared/sqls/001.sql')
  await link('../shared/sqls', 'db/migrations')
  const before = await repository.commit()
  await repository.write('shared/sqls/002.sql')
  expect(await found({}, before)).toBe(1)
})

test('a migration added to the target folder of a chain of symbolic links is detected', async () => {
  await repository.write('shared/sqls/001.sql')
  await link('../shared', 'db/current')
  await link('current/sqls', 'db/migrations')
  const before = await repository.commit()
  await repository.write('shared/sqls/002.sql')
  expect(await found({}, before)).toBe(1)
})

test('symbolic links in a cycle neither hide a migration nor stop the gate', async () => {
  await link('.', 'round')
  await link('../round', 'a/back')
  await link('back', 'a/again')
  const before = await repository.commit()
  await repository.write('a/x.txt')
  expect(await found({}, before)).toBe(0)
  await repository.write('migrations/1.sql')
  expect(await found({}, before)).toBe(1)
})

test('a submodule with migrations is detected, even if .gitmodules sets ignore = all', async () => {
  const library = await makeRepository()
  try {
    await library.write('migrations/001.sql')
    await library.commit()
    const allowed = ['-c', 'protocol.file.allow=always']
    await repository.git(...allowed, 'submodule', '--quiet', 'add', library.folder, 'vendor/shared')
    await repository.git('config', '--file', '.gitmodules', 'submodule.vendor/shared.ignore', 'all')
    const before = await repository.commit()
    await library.write('migrations/002.sql')
    await library.commit()
    await promisify(execFile)('git', ['-C', join(repository.folder, 'vendor/shared'), ...allowed, 'pull', '--quiet'])
    await repository.git('add', '--force', 'vendor/shared')
    expect(await found({}, before)).toBe(1)
  } finally {
    await library.remove()
  }
})

test('a migration is detected even if .gitattributes hides it from the diff', async () => {
  await repository.write('.gitattributes', '* -diff binary export-ignore linguist-generated merge=ours\n')
  await repository.write('migrations/001.sql')
  expect(await found()).toBe(1)
})

test('a migration whose mode, name or folder changes is detected, even if its content does not', async () => {
  await repository.write('migrations/001.sql', 'SELECT 1;\n'.repeat(20))
  await repository.write('migrations/002.sql', 'SELECT 2;\n'.repeat(20))
  await repository.write('migrations/003.sql', 'SELECT 3;\n'.repeat(20))
  const before = await repository.commit()
  await chmod(join(repository.folder, 'migrations/001.sql'), 0o755)
  await repository.git('mv', 'migrations/002.sql', 'migrations/004.sql')
  await mkdir(join(repository.folder, 'attic'))
  await repository.git('mv', 'migrations/003.sql', 'attic/003.txt')
  expect(await found({}, before)).toBe(3)
})

test('configuration files in the checkout do not exclude migrations; only the inputs do', async () => {
  const words = 'migrations: "!**"\nmigration-gate:\n  migrations: ["!**"]\n'
  for (const name of ['.resguardo.yml', 'resguardo.yml', 'resguardo.config.js', '.env', '.resguardorc'])
    await repository.write(name, words)
  await repository.write('package.json', JSON.stringify({ resguardo: { migrations: ['!**'] } }))
  await repository.write('migrations/001.sql')
  expect(await found()).toBe(1)
})

test('a pattern that excludes a lower-case name does not exclude the same name in upper case', async () => {
  await repository.write('Migrations/001.sql')
  expect(await found({ migrations: '!migrations/**' })).toBe(1)
})
