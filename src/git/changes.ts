// Reads the changes of a git repository from git, because a forge's API lists at most 300 files.
import { Failure } from '../domain/failures/failure.ts'
import type { ChangedFile } from '../domain/migrations/changed-file.ts'
import type { Change, Changes } from '../ports/gate.ts'
import { type Git, gitIn } from './git.ts'
import { linksIn, withAliases } from './links.ts'
import { parseRawDiff } from './raw-diff.ts'

/** Opens a checkout. Its working tree is never read. Throws a failure of kind usage if there is no checkout. */
export async function openChanges(directory: string, { signal }: { readonly signal: AbortSignal }): Promise<Changes> {
  const git = gitIn(directory, signal)
  return { between: (base, head) => between(git, base, head) }
}

async function between(git: Git, base: string, head: string): Promise<Change> {
  for (const name of [base, head]) checkName(name)
  // In a shallow clone, git may return a common ancestor that is not the newest one.
  if ((await git('rev-parse', '--is-shallow-repository')).trim() !== 'false') {
    throw new Failure('git/shallow-clone', 'the checkout is a shallow clone, so the merge base is not known', {
      hint: 'Use actions/checkout with fetch-depth: 0, or run git fetch --unshallow.',
    })
  }
  const [from, to] = [await commitOf(git, base), await commitOf(git, head)]
  const mergeBase = await mergeBaseOf(git, from, to)
  const done = await diff(git, '-M', mergeBase, to)
  // A file that the base removed, and the head deleted and added again, is not in the diff to the merge base, but a
  // rebase restores it.
  const lacking = (await diff(git, '--no-renames', from, to)).filter(({ change }) => change === 'added')
  const seen = new Set(done.map(({ path }) => path))
  const files = [...done, ...lacking.filter(({ path }) => !seen.has(path))]
  return { base: from, head: to, mergeBase, files: withAliases(files, await linksIn(git, to)) }
}

async function diff(git: Git, renames: '-M' | '--no-renames', from: string, to: string): Promise<ChangedFile[]> {
  const options = ['-r', '-z', '--raw', renames, '--no-ext-diff', '--no-textconv', '--ignore-submodules=none']
  return parseRawDiff(await git('diff-tree', ...options, from, to))
}

const lastControl = 0x20
const deletion = 0x7f

/** Throws for names that are not commits: options (leading dash), ranges, and paths after a colon. */
function checkName(name: string): void {
  const isPlain = [...name].every(
    (sign) => (sign.codePointAt(0) ?? 0) > lastControl && sign.codePointAt(0) !== deletion,
  )
  if (name !== '' && name.length <= 1000 && isPlain && !/^[-^]|\.\.|[:?*[\\]/.test(name)) return
  throw new Failure('git/invalid-revision', `${JSON.stringify(name)} is not a valid name of a commit`, {
    hint: 'Give a branch, a tag or a commit ID, such as github.event.pull_request.base.sha.',
  })
}

const commitName = /^[0-9a-f]{40}([0-9a-f]{24})?$/

async function commitOf(git: Git, name: string): Promise<string> {
  const sha = await resolved(git, name)
  if (sha !== undefined) {
    if (!/^refs\/|^[0-9a-f]{40}/.test(name)) await requireOneMeaning(git, name, sha)
    return sha
  }
  throw new Failure('git/unknown-commit', `the checkout has no commit ${name}`, {
    hint: `Use actions/checkout with fetch-depth: 0, or run git fetch origin ${name}.`,
  })
}

/**
 * Throws `git/ambiguous-name`. Anyone with push access can push a tag with a branch's name, and git prefers the tag.
 */
async function requireOneMeaning(git: Git, name: string, sha: string): Promise<void> {
  for (const kind of ['heads', 'tags', 'remotes']) {
    const other = await resolved(git, `refs/${kind}/${name}`)
    if (other === undefined || other === sha) continue
    throw new Failure(
      'git/ambiguous-name',
      `${name} is ambiguous: refs/${kind}/${name} is not the commit that git chooses`,
      {
        hint: `Give the commit ID, or the full name: refs/heads/${name} or refs/remotes/origin/${name}.`,
      },
    )
  }
}

async function resolved(git: Git, name: string): Promise<string | undefined> {
  const found = await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`).catch(
    (error: unknown) => {
      if (error instanceof Failure && error.kind === 'tool') return ''
      throw error
    },
  )
  const sha = found.trim()
  return commitName.test(sha) ? sha : undefined
}

async function mergeBaseOf(git: Git, base: string, head: string): Promise<string> {
  const found = await git('merge-base', base, head).catch((error: unknown) => {
    // git exits with 1 and prints nothing if there is no common ancestor.
    if (error instanceof Failure && error.kind === 'tool' && /exited with 1: $/.test(error.message)) return ''
    throw error
  })
  const sha = found.trim()
  if (commitName.test(sha)) return sha
  throw new Failure('git/no-common-history', `${base} and ${head} have no common history`, {
    hint: 'Check --base, and check out with fetch-depth: 0.',
  })
}
