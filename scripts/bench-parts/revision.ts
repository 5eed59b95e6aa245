// Another revision of this repository, built in a temporary git worktree with the packages of this one.
import { execFile, execFileSync } from 'node:child_process'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { removedAfter } from './interruption.ts'
import { withFolder } from './server.ts'

const run = promisify(execFile)

/** The short hash of a revision. Throws if there is no such commit. */
export async function commitOf(root: string, revision: string): Promise<string> {
  const { stdout } = await run('git', [
    '-C',
    root,
    'rev-parse',
    '--short',
    '--verify',
    '--end-of-options',
    `${revision}^{commit}`,
  ])
  return stdout.trim()
}

/** The short hash of HEAD, followed by + if a tracked file differs from it. */
export async function currentRevision(root: string): Promise<string> {
  const { stdout } = await run('git', ['-C', root, 'status', '--porcelain', '--untracked-files=no'])
  return `${await commitOf(root, 'HEAD')}${stdout === '' ? '' : '+'}`
}

/**
 * Checks a revision out, builds its dist/, runs the work with its root, and removes the worktree, also after a signal.
 */
export async function withRevision<T>(root: string, revision: string, work: (there: string) => Promise<T>): Promise<T> {
  const commit = await commitOf(root, revision)
  return withFolder(async (folder) => {
    const there = join(folder, commit)
    const remove = (): void => void execFileSync('git', ['-C', root, 'worktree', 'remove', '--force', there])
    await run('git', ['-C', root, 'worktree', 'add', '--quiet', '--detach', there, commit])
    return removedAfter(remove, async () => {
      await symlink(join(root, 'node_modules'), join(there, 'node_modules'))
      await build(there)
      return await work(there)
    })
  })
}

/** Builds dist/ from the sources. */
export async function build(root: string): Promise<void> {
  console.error(`building ${root}`)
  await run(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root })
}
