// The gate's commit status: posts it, and turns green ones red whose backup has grown too old.
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import { joinFailures } from '../../domain/failures/join-failures.ts'
import {
  expiredStatus,
  gateContext,
  holdsFor,
  restsOn,
  type StatusText,
  unaskedStatus,
  unjudgedStatus,
} from '../../domain/gate/gate-status.ts'
import type { Forge, OpenPullRequest } from '../../ports/gate.ts'

/** Posts on a commit. Throws: a status that nobody sees must never pass for one. */
export async function postStatus(
  forge: Forge,
  sha: string,
  status: StatusText,
  runUrl: string | undefined,
): Promise<void> {
  try {
    await forge.createStatus(sha, {
      ...status,
      context: gateContext,
      ...(runUrl !== undefined && { targetUrl: runUrl }),
    })
  } catch (error) {
    const failure = asFailure(error)
    throw failure.restate(`could not post the status ${gateContext} on ${sha.slice(0, 12)}: ${failure.message}`)
  }
}

interface Expired {
  readonly pullRequests: readonly number[]
  readonly sha: string
  /** The backup whose time is over; absent where the commit goes to a branch that it was not judged for. */
  readonly id?: string
}

export interface Expiry {
  readonly expired: readonly Expired[]
  /**
   * Commits that had no status although nothing about their pull requests changed for a while. They are pending now.
   */
  readonly unasked: readonly Expired[]
  /** Commits at the head of open pull requests. */
  readonly looked: number
  /** What went wrong with some of them; the others were done. */
  readonly failure?: Failure
}

/**
 * Looks at every open pull request. A green status that rests on no backup holds as long as its commit goes to no other
 * branches. Throws if the pull requests cannot be listed.
 */
export async function expireStatuses(
  forge: Forge,
  now: Date,
  runUrl: string | undefined,
  signal: AbortSignal,
): Promise<Expiry> {
  const heads = Map.groupBy(await forge.openPullRequests(), ({ headSha }) => headSha)
  const expired: Expired[] = []
  const unasked: Expired[] = []
  const failures: Failure[] = []
  for (const [sha, open] of heads) {
    signal.throwIfAborted()
    try {
      const next = await nextStatus(forge, sha, open, now)
      if (!next) continue
      await postStatus(forge, sha, next.status, runUrl)
      const list = next.status === unaskedStatus ? unasked : expired
      list.push({ pullRequests: open.map(({ number }) => number), sha, ...(next.id !== undefined && { id: next.id }) })
    } catch (error) {
      failures.push(asFailure(error))
    }
  }
  const failure = joinFailures(failures)
  return { expired, unasked, looked: heads.size, ...(failure && { failure }) }
}

/** Milliseconds in which a run of the workflow starts. */
const startsWithin = 15 * 60_000

/**
 * The red status for a green one that holds no more, and a pending one where nothing has asked for a verdict: GitHub
 * does not run workflows for pull requests of first-time contributors, or made with GITHUB_TOKEN, before somebody
 * approves. Otherwise undefined.
 */
async function nextStatus(
  forge: Forge,
  sha: string,
  open: readonly OpenPullRequest[],
  now: Date,
): Promise<{ readonly status: StatusText; readonly id?: string } | undefined> {
  const status = await forge.latestStatus(sha, gateContext)
  if (!status) {
    const isQuiet = open.every(({ updated = now }) => now.getTime() - updated.getTime() > startsWithin)
    return isQuiet ? { status: unaskedStatus } : undefined
  }
  if (status.state !== 'success') return undefined
  const backup = restsOn(status.description)
  if (backup) return backup.until > now ? undefined : { status: expiredStatus(backup), id: backup.id }
  const bases = [...new Set(open.map(({ base }) => base.ref))]
  return holdsFor(status.description, bases) ? undefined : { status: unjudgedStatus(bases) }
}
