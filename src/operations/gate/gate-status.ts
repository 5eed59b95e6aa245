// The gate's commit status: posts it, and replaces green statuses that are no longer valid.
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import { joinFailures } from '../../domain/failures/join-failures.ts'
import {
  backupOfStatus,
  coversBranches,
  expiredStatus,
  gateContext,
  type StatusText,
  unaskedStatus,
  unjudgedStatus,
} from '../../domain/gate/gate-status.ts'
import type { Forge, OpenPullRequest } from '../../ports/gate.ts'

/** Posts a status on a commit. Throws if that fails, because a missing status must not count as posted. */
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
  /** The backup that expired; absent if the commit goes to a branch that the verdict does not cover. */
  readonly id?: string
}

export interface Expiry {
  readonly expired: readonly Expired[]
  /** Commits without a status whose pull requests have not changed for 15 minutes. Their status is now pending. */
  readonly unasked: readonly Expired[]
  /** Number of commits at the head of open pull requests. */
  readonly looked: number
  /** Errors for some commits; the others were processed. */
  readonly failure?: Failure
}

/**
 * Checks the head commit of every open pull request. A green status without a backup is valid until its commit goes to
 * another branch. Throws if the pull requests cannot be listed.
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

/** Milliseconds within which a run of the workflow starts. */
const startsWithin = 15 * 60_000

/**
 * Returns a red status to replace a green one that is no longer valid, or a pending one if no run has posted a status;
 * otherwise undefined. GitHub does not run workflows for pull requests of first-time contributors, or made with
 * GITHUB_TOKEN, until they are approved.
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
  const backup = backupOfStatus(status.description)
  if (backup) return backup.until > now ? undefined : { status: expiredStatus(backup), id: backup.id }
  const bases = [...new Set(open.map(({ base }) => base.ref))]
  return coversBranches(status.description, bases) ? undefined : { status: unjudgedStatus(bases) }
}
