// Finds migrations in a change, from git's diff with one base or with every base of the commit's pull requests.
import { Failure } from '../../domain/failures/failure.ts'
import type { GateChange } from '../../domain/gate/gate.ts'
import { findMigrations } from '../../domain/migrations/find-migrations.ts'
import type { Change, Changes, OpenPullRequest } from '../../ports/gate.ts'

interface ChangeRequest {
  readonly base: string
  readonly head: string
  /** Globs of the user, which replace the built-in rules. */
  readonly globs: readonly string[]
}

/** Compares one base with one head. Throws what `Changes` throws. */
export async function compareWithBase(changes: Changes, { base, head, globs }: ChangeRequest): Promise<GateChange> {
  return changeIn(await changes.between(base, head), globs)
}

/**
 * Returns the worst of the changes that a commit makes to the base of the request, and to the base of every open pull
 * request with that commit as its head: a verdict on a commit applies to all of them. Throws what `Changes` throws, for
 * any of the bases.
 */
export async function compareWithEveryBase(
  changes: Changes,
  request: ChangeRequest,
  { commit, open }: { readonly commit: string; readonly open: readonly OpenPullRequest[] },
): Promise<GateChange> {
  let worst = await compareWithBase(changes, request)
  for (const [ref, { number, base }] of new Map(open.map((each) => [each.base.ref, each]))) {
    const change = changeIn(await toBase(changes, base, commit), request.globs)
    if (isWorse(change, worst)) worst = { ...change, pullRequest: { number, base: ref } }
  }
  return { ...worst, bases: [...new Set(open.map(({ base }) => base.ref))] }
}

function changeIn({ files, ...commits }: Change, globs: readonly string[]): GateChange {
  return { ...commits, files: files.length, ...findMigrations(files, globs) }
}

/** Uses the branch in the checkout. Without one, uses the commit that GitHub names, which may be older. */
async function toBase(changes: Changes, { ref, sha }: OpenPullRequest['base'], commit: string): Promise<Change> {
  try {
    return await changes.between(`refs/remotes/origin/${ref}`, commit)
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'usage') throw error
    return changes.between(sha, commit)
  }
}

function isWorse(one: GateChange, other: GateChange): boolean {
  const [a, b] = [Math.sign(one.edited), Math.sign(other.edited)]
  return a !== b ? a > b : one.migrations.length > other.migrations.length
}
