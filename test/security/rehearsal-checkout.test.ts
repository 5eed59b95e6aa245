// Copy of the checkout for a rehearsal
// A manipulated checkout makes the copy for a rehearsal read or write files outside of the checkout.
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { copyCheckout } from '../../src/sandbox/copy-checkout.ts'
import { openFolder } from '../support/drill.ts'
import { gitIndex } from '../support/git-index.ts'
import { writeFiles } from '../support/rehearsal.ts'

const file = 0o100_644
const linkMode = 0o120_000
const { signal } = new AbortController()
let folder: string
let checkout: string
let victim: string
let copy: string

beforeEach(async () => {
  folder = await openFolder('rehearsal-checkout')
  victim = await writeFiles(join(folder, 'victim'), { secret: 'a secret' })
  checkout = await writeFiles(join(folder, 'checkout'), {
    'a.txt': 'a',
    'sub/secret': 'harmless',
    '.git-is-not-this': 'b',
  })
  copy = join(folder, 'copy', 'inside')
  await mkdir(copy, { recursive: true })
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function track(...paths: string[]): void {
  execFileSync('git', ['-C', checkout, 'init', '-q'])
  execFileSync('git', ['-C', checkout, 'add', ...paths])
}

/** Without following links. */
const copied = async () =>
  execFileSync('find', ['.', '-mindepth', '1', '-printf', '%P\n'], { cwd: copy, encoding: 'utf8' })
    .trim()
    .split('\n')
    .sort()

test('a tracked folder replaced with a symbolic link is not copied through the link', async () => {
  track('a.txt', 'sub')
  await rename(join(checkout, 'sub'), join(folder, 'moved'))
  await symlink(victim, join(checkout, 'sub'))
  await copyCheckout(checkout, copy, signal)
  expect(await copied()).toEqual(['a.txt'])
})

test('a tracked file replaced with a symbolic link is copied as a link, and a named pipe is not copied', async () => {
  track('a.txt', 'sub')
  await rm(join(checkout, 'a.txt'))
  await symlink(join(victim, 'secret'), join(checkout, 'a.txt'))
  await rm(join(checkout, 'sub/secret'))
  execFileSync('mkfifo', [join(checkout, 'sub/secret')])
  await copyCheckout(checkout, copy, signal)
  expect(await copied()).toEqual(['a.txt'])
})

test('an index with a file below a symbolic link does not write through the link', async () => {
  track('a.txt')
  await rm(join(checkout, 'sub'), { recursive: true })
  await symlink(victim, join(checkout, 'sub'))
  await writeFile(
    join(checkout, '.git/index'),
    gitIndex([
      ['a.txt', file],
      ['sub', linkMode],
      ['sub/planted', file],
      ['sub/secret', file],
    ]),
  )
  await writeFile(join(victim, 'planted'), 'x')
  await copyCheckout(checkout, copy, signal)
  expect(await copied()).toEqual(['a.txt', 'sub'])
  expect(await readFile(join(victim, 'secret'), 'utf8')).toBe('a secret')
})

test('an index with a symbolic link below a symbolic link is refused', async () => {
  track('a.txt')
  await rm(join(checkout, 'sub'), { recursive: true })
  await symlink(victim, join(checkout, 'sub'))
  await symlink('/etc/passwd', join(victim, 'planted'))
  await writeFile(
    join(checkout, '.git/index'),
    gitIndex([
      ['sub', linkMode],
      ['sub/planted', linkMode],
    ]),
  )
  await expect(copyCheckout(checkout, copy, signal)).rejects.toMatchObject({ code: 'rehearsal/misleading-index' })
  expect(await copied()).toEqual(['sub'])
})

test('an index with paths outside of the checkout is refused', async () => {
  track('a.txt')
  await writeFile(
    join(checkout, '.git/index'),
    gitIndex([
      ['../victim/secret', file],
      ['a.txt', file],
    ]),
  )
  const outcome = await copyCheckout(checkout, copy, signal).catch((error: unknown) => error)
  expect(await readdir(join(folder, 'copy'))).toEqual(['inside'])
  expect(JSON.stringify(await copied())).not.toContain('secret')
  if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'rehearsal/misleading-index' })
})

test("git's access token is not copied into the rehearsal, with and without a git repository", async () => {
  track('a.txt')
  execFileSync('git', ['-C', checkout, 'config', 'http.extraheader', 'AUTHORIZATION: basic a-token'])
  await copyCheckout(checkout, copy, signal)
  expect(await copied()).toEqual(['a.txt'])
  await rename(join(checkout, '.git'), join(folder, 'no-repository'))
  await mkdir(join(checkout, 'nested/.git'), { recursive: true })
  await writeFile(join(checkout, 'nested/.git/config'), 'a-token')
  await symlink(victim, join(checkout, 'sub/link'))
  await rm(copy, { recursive: true })
  await mkdir(copy)
  await copyCheckout(checkout, copy, signal)
  expect(await copied()).toEqual(['.git-is-not-this', 'a.txt', 'sub', 'sub/link', 'sub/secret'])
})
