// Changes of real git repositories, including hostile ones: differences are reported, and no code of a repository runs.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findMigrations } from '../../src/domain/migrations/find-migrations.ts'
import { openChanges } from '../../src/git/changes.ts'
import { type GitRepository, makeRepository, programSettings } from '../support/git-repository.ts'

const run = promisify(execFile)
const { signal } = new AbortController()
let repository: GitRepository
let others: GitRepository[]

beforeEach(async () => {
  others = []
  repository = await makeRepository()
})

afterEach(async () => {
  for (const each of [repository, ...others]) await each.remove()
})

const between = async (base: string, head: string, folder = repository.folder) =>
  (await openChanges(folder, { signal })).between(base, head)
const long = (name: string) => Array.from({ length: 20 }, (_, line) => `${name} ${line}\n`).join('')

describe('a change', () => {
  it('tells added, edited, renamed and deleted migrations apart', async () => {
    const { write, commit, git, folder } = repository
    for (const name of ['edited', 'old', 'gone']) await write(`migrations/${name}.sql`, long(name))
    const base = await commit()
    await write('migrations/edited.sql', `${long('edited')}more\n`)
    await git('mv', 'migrations/old.sql', 'migrations/moved.sql')
    await rm(join(folder, 'migrations/gone.sql'))
    await write('migrations/new.sql', 'CREATE TABLE a();\n')
    const head = await commit()
    const change = await between(base, head)
    expect(change).toMatchObject({ base, head, mergeBase: base })
    const { migrations, edited } = findMigrations(change.files)
    expect(migrations.map(({ state, path, from }) => [state, path, from])).toEqual([
      ['edited', 'migrations/edited.sql', undefined],
      ['deleted', 'migrations/gone.sql', undefined],
      ['renamed', 'migrations/moved.sql', 'migrations/old.sql'],
      ['added', 'migrations/new.sql', undefined],
    ])
    expect(edited).toBe(3)
  })

  it('is what the head did since it left its base, not what the base did meanwhile', async () => {
    const { write, commit, git } = repository
    const start = await commit()
    await git('checkout', '--quiet', '-b', 'topic')
    await write('src/a.ts')
    const head = await commit()
    await git('checkout', '--quiet', 'main')
    await write('migrations/of-main.sql')
    const base = await commit()
    const change = await between('main', 'topic')
    expect(change).toMatchObject({ base, head, mergeBase: start })
    expect(change.files.map(({ path }) => path)).toEqual(['src/a.ts'])
  })

  it('of more files than a forge lists is seen whole', async () => {
    const { write, commit } = repository
    const base = await commit()
    for (let n = 0; n < 400; n += 1) await write(`docs/${String(n).padStart(3, '0')}.md`)
    await write('zzz/migrations/1.sql')
    const { files } = await between(base, await commit())
    expect(files).toHaveLength(401)
    expect(findMigrations(files).migrations).toHaveLength(1)
  })

  it('is told from inside a folder too, and from a worktree', async () => {
    const { write, commit, git, folder } = repository
    const base = await commit()
    await write('db/migrations/1.sql')
    const head = await commit()
    await git('worktree', 'add', '--quiet', '--detach', join(folder, '../second'), base)
    expect((await between(base, head, join(folder, 'db'))).files).toHaveLength(1)
    expect((await between(base, head, join(folder, '../second'))).files).toHaveLength(1)
  })
})

describe('a hostile repository', () => {
  it('may name its files as it likes', async () => {
    const { write, commit } = repository
    const base = await commit()
    const names = [
      'a\nb',
      '"quoted"',
      "it's $(touch pwned)",
      '--output=x',
      '\u202e',
      ' ',
      'tab\there',
      ':(glob)**',
      '\\',
    ]
    for (const name of names) await write(`migrations/${name}.sql`, name)
    await write('-C/migrations/1.sql')
    const { files } = await between(base, await commit())
    expect(files.map(({ path }) => path).sort()).toEqual(
      ['-C/migrations/1.sql', ...names.map((name) => `migrations/${name}.sql`)].sort(),
    )
    expect(await readdir(repository.folder)).not.toContain('pwned')
  })

  it('cannot hide migrations behind a link or a submodule', async () => {
    const { commit, folder, git, write } = repository
    const base = await commit()
    const library = await makeRepository()
    others.push(library)
    await library.commit()
    await write('elsewhere/1.sql')
    await symlink('elsewhere', join(folder, 'migrations'))
    await git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library.folder, 'vendor/db')
    const found = findMigrations((await between(base, await commit())).files)
    expect(found.migrations).toMatchObject([
      { path: 'elsewhere/1.sql', tool: 'sql' },
      { path: 'migrations', tool: 'links' },
      { path: 'vendor/db', tool: 'links' },
    ])
  })

  it('runs nothing: no monitor, no hook, no diff driver, no filter, no pager', async () => {
    const { write, commit, git } = repository
    const { script, ran } = await repository.trap()
    await write('.gitattributes', '*.sql diff=evil filter=evil\n')
    await write('migrations/1.sql')
    const base = await commit()
    await write('migrations/1.sql', 'other\n')
    await write('migrations/2.sql')
    const head = await commit()
    for (const name of ['pre-commit', 'post-checkout', 'reference-transaction', 'post-index-change'])
      await run('cp', [script, join(repository.folder, '.git/hooks', name)])
    for (const name of programSettings) await git('config', name, name.startsWith('alias') ? `!${script}` : script)
    expect((await between(base, head)).files).toHaveLength(2)
    expect(existsSync(ran)).toBe(false)
    // The trap works: git as everybody calls it falls into it.
    await git('diff', base, head).catch(() => undefined)
    expect(existsSync(ran)).toBe(true)
  })

  it('is not fetched from: what is missing is told', async () => {
    const { write, commit, git, folder } = repository
    const { script, ran } = await repository.trap()
    await write('a.txt', long('a'))
    const base = await commit()
    await git('mv', 'a.txt', 'b.txt')
    await write('b.txt', `${long('a')}more\n`)
    const head = await commit()
    const blob = await git('rev-parse', `${head}:b.txt`)
    await rm(join(folder, '.git/objects', blob.slice(0, 2), blob.slice(2)))
    await git('config', 'core.repositoryFormatVersion', '1')
    await git('config', 'extensions.partialClone', 'origin')
    await git('config', 'remote.origin.url', `ext::${script}`)
    await git('config', 'remote.origin.promisor', 'true')
    await git('config', 'protocol.ext.allow', 'always')
    await expect(between(base, head)).rejects.toMatchObject({
      code: 'git/shallow-clone',
      hint: expect.stringContaining('fetch-depth: 0'),
    })
    expect(existsSync(ran)).toBe(false)
    await git('cat-file', '-p', blob).catch(() => undefined)
    expect(existsSync(ran)).toBe(true)
  })

  it('cannot replace its commits by others', async () => {
    const { write, commit, git } = repository
    const base = await commit()
    await write('migrations/1.sql')
    const head = await commit()
    await git('replace', head, base)
    expect((await between(base, head)).files).toHaveLength(1)
  })

  it.skipIf(process.getuid?.() !== 0)('may belong to another user, as in a container', async () => {
    const { commit, folder, write, git } = repository
    const base = await commit()
    await write('migrations/1.sql')
    const head = await commit()
    await chown(folder, 65_534, 65_534)
    await chown(join(folder, '.git'), 65_534, 65_534)
    await expect(git('log')).rejects.toThrow('dubious ownership')
    expect((await between(base, head)).files).toHaveLength(1)
  })
})

describe('what cannot be told is a failure that says what to do', () => {
  it('of a shallow clone', async () => {
    await repository.commit()
    const head = await repository.commit()
    const clone = join(repository.folder, '../shallow')
    await repository.git('clone', '--quiet', '--depth=1', `file://${repository.folder}`, clone)
    await expect(between(head, head, clone)).rejects.toMatchObject({
      code: 'git/shallow-clone',
      hint: expect.stringContaining('fetch-depth: 0'),
    })
  })
  it('of a commit that is not there', async () => {
    await repository.commit()
    await expect(between('f'.repeat(40), 'HEAD')).rejects.toMatchObject({
      code: 'git/unknown-commit',
      message: `the checkout has no commit ${'f'.repeat(40)}`,
      hint: expect.stringContaining('fetch-depth: 0'),
    })
  })
  it('of a base without common history', async () => {
    await repository.commit()
    await repository.git('checkout', '--quiet', '--orphan', 'other')
    await repository.commit('another beginning')
    await expect(between('main', 'other')).rejects.toMatchObject({ code: 'git/no-common-history' })
  })
  it('of a folder that is no checkout', async () => {
    await expect(between('a', 'b', join(repository.folder, '..'))).rejects.toMatchObject({ code: 'git/not-a-checkout' })
    await expect(between('a', 'b', join(repository.folder, 'nowhere'))).rejects.toMatchObject({
      code: 'git/not-a-checkout',
    })
  })
  it.each(['--output=x', '-x', '', 'a b', 'a..b', '^main', 'main:secret', 'a\nb', 'a\0b', ':/x'])(
    'of the name %j',
    async (name) => {
      await repository.commit()
      await expect(between(name, 'HEAD')).rejects.toMatchObject({
        code: 'git/invalid-revision',
      })
      await expect(between('HEAD', name)).rejects.toMatchObject({ code: 'git/invalid-revision' })
    },
  )
  it('of a run that is interrupted, with its reason', async () => {
    await repository.commit()
    const reason = new Error('stop')
    const changes = await openChanges(repository.folder, { signal: AbortSignal.abort(reason) })
    await expect(changes.between('HEAD', 'HEAD')).rejects.toThrow('stop')
  })
})
