// A real git repository in a temporary folder, for tests of changes that git reports.
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface GitRepository {
  readonly folder: string
  /** Runs git in the repository, with only the repository's own configuration. */
  git(...words: string[]): Promise<string>
  write(path: string, text?: string): Promise<void>
  /** Commits all changes and returns the commit's full SHA. */
  commit(message?: string): Promise<string>
  /** Writes a shell script outside the checkout that creates the file `ran` and prints nothing. */
  trap(): Promise<{ readonly script: string; readonly ran: string }>
  remove(): Promise<void>
}

const environment = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}

export async function makeRepository(): Promise<GitRepository> {
  const outside = await mkdtemp(join(tmpdir(), 'resguardo-git-'))
  const folder = join(outside, 'checkout')
  await mkdir(folder)
  const git = async (...words: string[]): Promise<string> => {
    const { stdout } = await run('git', words, { cwd: folder, env: environment, maxBuffer: 64 << 20 })
    return stdout.trim()
  }
  await git('init', '--quiet', '--initial-branch=main')
  return {
    folder,
    git,
    async write(path, text = `${path}\n`) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    },
    async commit(message = 'change') {
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '--no-verify', '-m', message)
      return git('rev-parse', 'HEAD')
    },
    async trap() {
      const [script, ran] = [join(outside, 'trap.sh'), join(outside, 'ran')]
      await writeFile(script, `#!/bin/sh\ntouch '${ran}'\n`)
      await chmod(script, 0o755)
      return { script, ran }
    },
    remove: () => rm(outside, { recursive: true, force: true }),
  }
}

/** Settings whose value is a program that git runs. */
export const programSettings: readonly string[] = [
  'core.fsmonitor',
  'diff.external',
  'diff.evil.command',
  'diff.evil.textconv',
  'filter.evil.clean',
  'filter.evil.smudge',
  'core.pager',
  'pager.diff-tree',
  'core.sshCommand',
  'core.editor',
  'alias.diff-tree',
  'gpg.program',
  'core.alternateRefsCommand',
  'credential.helper',
]
