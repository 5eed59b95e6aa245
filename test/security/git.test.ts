// Git repositories under an attacker's control
// A checkout makes git run a program, or hides a change with git's own features.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findMigrations } from '../../src/domain/migrations/find-migrations.ts'
import { openChanges } from '../../src/git/changes.ts'
import { type GitRepository, makeRepository } from '../support/git-repository.ts'

let repository: GitRepository
let base: string
let head: string
let trap: { readonly script: string; readonly ran: string }

beforeEach(async () => {
  repository = await makeRepository()
  trap = await repository.trap()
  await repository.write('README.md')
  base = await repository.commit()
  await repository.write('.gitattributes', '*.sql diff=evil filter=evil merge=evil -diff\n')
  await repository.write('migrations/001.sql', 'DROP TABLE users;\n')
  head = await repository.commit()
})
afterEach(() => repository.remove())

const between = async (from = base, to = head) =>
  (await openChanges(repository.folder, { signal: new AbortController().signal })).between(from, to)
const migrations = async (from = base, to = head) => findMigrations((await between(from, to)).files).migrations
const configure = (name: string, value: string) => repository.git('config', name, value)

test.each([
  'core.fsmonitor',
  'core.pager',
  'core.editor',
  'core.askPass',
  'core.gitProxy',
  'core.sshCommand',
  'core.alternateRefsCommand',
  'credential.helper',
  'diff.external',
  'diff.evil.command',
  'diff.evil.textconv',
  'filter.evil.clean',
  'filter.evil.smudge',
  'filter.evil.process',
  'gpg.program',
  'merge.evil.driver',
  'pager.diff-tree',
  'pager.ls-tree',
  'uploadpack.packObjectsHook',
])("a program in the repository's git configuration does not run: %s", async (name) => {
  await configure(name, trap.script)
  expect(await migrations()).toHaveLength(1)
  expect(existsSync(trap.ran)).toBe(false)
})

test('an alias that replaces a git command does not run', async () => {
  for (const command of ['diff-tree', 'ls-tree', 'cat-file', 'rev-parse', 'merge-base'])
    await configure(`alias.${command}`, `!${trap.script}`)
  expect(await migrations()).toHaveLength(1)
  expect(existsSync(trap.ran)).toBe(false)
})

test('hooks, included configuration files and worktree configuration do not run programs', async () => {
  const folder = join(repository.folder, '.git')
  await writeFile(join(folder, 'extra'), `[core]\n\tfsmonitor = ${trap.script}\n\thooksPath = ${trap.script}\n`)
  await appendFile(join(folder, 'config'), `[include]\n\tpath = extra\n[extensions]\n\tworktreeConfig = true\n`)
  await writeFile(
    join(folder, 'config.worktree'),
    `[core]\n\tfsmonitor = ${trap.script}\n[diff]\n\texternal = ${trap.script}\n`,
  )
  for (const name of [
    'post-checkout',
    'post-index-change',
    'reference-transaction',
    'pre-auto-gc',
    'fsmonitor-watchman',
  ])
    await promisify(execFile)('cp', [trap.script, join(folder, 'hooks', name)])
  expect(await migrations()).toHaveLength(1)
  expect(existsSync(trap.ran)).toBe(false)
})

test("a missing object is not fetched with a remote command from the repository's configuration", async () => {
  await configure('extensions.partialClone', 'origin')
  await configure('remote.origin.url', `ext::${trap.script}`)
  await configure('remote.origin.promisor', 'true')
  await configure('protocol.ext.allow', 'always')
  const tree = await repository.git('rev-parse', `${head}:migrations`)
  await promisify(execFile)('rm', ['-f', join(repository.folder, '.git/objects', tree.slice(0, 2), tree.slice(2))])
  await expect(between()).rejects.toMatchObject({ kind: expect.stringMatching(/usage|tool/) })
  expect(existsSync(trap.ran)).toBe(false)
})

test("git's environment variables do not select another repository or configuration", async () => {
  const before = { ...process.env }
  Object.assign(process.env, {
    GIT_DIR: '/nonexistent',
    GIT_EXTERNAL_DIFF: trap.script,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: trap.script,
    GIT_PAGER: trap.script,
  })
  try {
    expect(await migrations()).toHaveLength(1)
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name]
  }
  expect(existsSync(trap.ran)).toBe(false)
})

describe('hidden changes', () => {
  test('a migration is detected behind a replacement commit (git replace)', async () => {
    await repository.git('replace', head, base)
    expect(await migrations()).toHaveLength(1)
  })

  test('a migration is detected behind grafts that truncate the history', async () => {
    await writeFile(join(repository.folder, '.git/info/grafts'), `${head} \n`)
    expect(await migrations()).toHaveLength(1)
  })

  test('a migration is detected behind a tag named like the base branch, if the full ref name is given', async () => {
    await repository.git('tag', 'main', head)
    await repository.git('update-ref', 'refs/remotes/origin/main', base)
    expect(await migrations('refs/remotes/origin/main', head)).toHaveLength(1)
  })

  test('a short name that matches both a branch and a tag is refused', async () => {
    await repository.git('checkout', '--quiet', '--detach')
    await repository.git('branch', '--force', 'main', base)
    await repository.git('tag', 'main', head)
    await expect(migrations('main', head)).rejects.toMatchObject({ code: 'git/ambiguous-name' })
    expect(await migrations('refs/heads/main', head)).toHaveLength(1)
    await repository.git('branch', '--force', 'topic', head)
    await repository.git('update-ref', 'refs/remotes/topic', base)
    await expect(migrations(base, 'topic')).rejects.toMatchObject({ code: 'git/ambiguous-name' })
  })

  test('a migration is detected despite diff settings in the configuration', async () => {
    await configure('diff.relative', 'true')
    await configure('diff.ignoreSubmodules', 'all')
    await configure('diff.renames', 'copies')
    await configure('diff.renameLimit', '1')
    await configure('core.ignoreCase', 'true')
    await configure('core.precomposeUnicode', 'true')
    expect(await migrations()).toHaveLength(1)
  })

  test('a migration is detected if its path contains newlines, quotes, leading dashes or invalid UTF-8', async () => {
    const { git, folder } = repository
    const blob = await git('hash-object', '-w', '.gitattributes')
    const names = [
      'migrations/\n002.sql',
      'migrations/"\t003.sql',
      '--output=x/migrations/004.sql',
      'a\nb/migrations/005.sql',
    ]
    const entries = names.map((name) => Buffer.from(`100644 ${blob}\t${name}\0`))
    entries.push(
      Buffer.concat([Buffer.from(`100644 ${blob}\tmigrations/`), Buffer.from([0xff, 0xfe]), Buffer.from('006.sql\0')]),
    )
    const child = promisify(execFile)('git', ['-C', folder, 'update-index', '-z', '--index-info'])
    child.child.stdin?.end(Buffer.concat(entries))
    await child
    await git('commit', '--quiet', '-m', 'names')
    expect(await migrations(base, await git('rev-parse', 'HEAD'))).toHaveLength(6)
  })
})

test.each([
  '--output=/tmp/resguardo-git-output',
  '-x',
  'main..t',
  'main:README.md',
  '@{-1}^{tree}',
  'HEAD^{/x}',
  '',
  'a b',
  'a\nb',
  '^main',
])('an invalid revision is refused and is not passed to git as an option: %j', async (name) => {
  const refused = expect.stringMatching(/^git\/(invalid-revision|unknown-commit)$/)
  await expect(between(name, head)).rejects.toMatchObject({ code: refused })
  await expect(between(base, name)).rejects.toMatchObject({ code: refused })
  expect(existsSync('/tmp/resguardo-git-output')).toBe(false)
})

test('a shallow clone is refused, because it lacks the history to compare', async () => {
  const other = await makeRepository()
  try {
    await other.git('fetch', '--quiet', '--depth', '1', `file://${repository.folder}`, 'main')
    const changes = await openChanges(other.folder, { signal: new AbortController().signal })
    await expect(changes.between('FETCH_HEAD', 'FETCH_HEAD')).rejects.toMatchObject({ code: 'git/shallow-clone' })
  } finally {
    await other.remove()
  }
})
