// Another revision in a worktree of its own: removed afterwards, also after a signal.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

let root: string

/** Builds of these signals interrupt the benchmark, and then wait for its end. */
const build = `
import { writeFileSync } from 'node:fs'
writeFileSync('BUILT', process.cwd())
if (process.env.SIGNAL) {
  const parent = process.ppid
  process.kill(parent, process.env.SIGNAL)
  setInterval(() => process.ppid === parent || process.exit(), 20)
}
`

const git = (...words: string[]) =>
  execFileSync('git', ['-C', root, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words])

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'resguardo-revision-test-'))
  for (const folder of ['scripts', 'node_modules']) await mkdir(join(root, folder))
  await writeFile(join(root, 'scripts/build.ts'), build.replace('BUILT', join(root, 'built')))
  git('init', '--quiet')
  git('add', 'scripts')
  git('commit', '--quiet', '--message', 'a build')
})

afterAll(() => rm(root, { recursive: true, force: true }))

test.each([
  ['its end', '', 0],
  ['SIGINT', 'SIGINT', 130],
])('the worktree is removed after %s', async (_, signal, code) => {
  const module = join(import.meta.dirname, '../../scripts/bench-parts/revision.ts')
  const script = `import { withRevision } from ${JSON.stringify(module)}; await withRevision(process.argv[1], 'HEAD', async () => {})`
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script, root], {
    env: { ...process.env, SIGNAL: signal },
  })
  expect(status).toBe(code)
  const worktree = await readFile(join(root, 'built'), 'utf8')
  expect(existsSync(join(worktree, '..'))).toBe(false)
  expect(
    git('worktree', 'list', '--porcelain')
      .toString()
      .match(/^worktree /gm),
  ).toHaveLength(1)
})
