// The gate's commit status: posts it, and turns green ones red whose backup has grown too old.
import { asFailure, type Failure } from '../domain/failure.ts'
import { expiredStatus, gateContext, restsOn, type StatusText } from '../domain/gate-status.ts'
import { joinFailures } from '../domain/join-failures.ts'
import type { Forge } from './gate-ports.ts'

/** Posts on a commit. Throws: a status that nobody sees must never pass for one. */
export async function postStatus(forge: Forge, sha: string, status: StatusText, runUrl: string | undefined): Promise<void> {
  try {
    await forge.createStatus(sha, { ...status, context: gateContext, ...(runUrl !== undefined && { targetUrl: runUrl }) })
  } catch (error) {
    const failure = asFailure(error)
    throw failure.restate(`could not post the status ${gateContext} on ${sha.slice(0, 12)}: ${failure.message}`)
  }
}

export interface Expired {
  readonly pullRequests: readonly number[]
  readonly sha: string
  /** The backup whose time is over. */
  readonly id: string
}

export interface Expiry {
  readonly expired: readonly Expired[]
  /** Commits at the head of open pull requests. */
  readonly looked: number
  /** What went wrong with some of them; the others were done. */
  readonly failure?: Failure
}

/** Looks at every open pull request. A green status that rests on no backup never expires. Throws if they cannot be listed. */
export async function expireStatuses(forge: Forge, now: Date, runUrl: string | undefined, signal: AbortSignal): Promise<Expiry> {
  const heads = new Map<string, number[]>()
  for (const { number, headSha } of await forge.openPullRequests()) heads.set(headSha, [...(heads.get(headSha) ?? []), number])
  const expired: Expired[] = []
  const failures: Failure[] = []
  for (const [sha, pullRequests] of heads) {
    signal.throwIfAborted()
    try {
      const id = await expireOne(forge, sha, now, runUrl)
      if (id !== undefined) expired.push({ pullRequests, sha, id })
    } catch (error) {
      failures.push(asFailure(error))
    }
  }
  const failure = joinFailures(failures)
  return { expired, looked: heads.size, ...(failure && { failure }) }
}

async function expireOne(forge: Forge, sha: string, now: Date, runUrl: string | undefined): Promise<string | undefined> {
  const status = await forge.latestStatus(sha, gateContext)
  const backup = status?.state === 'success' ? restsOn(status.description) : undefined
  if (!backup || backup.until > now) return undefined
  await postStatus(forge, sha, expiredStatus(backup), runUrl)
  return backup.id
}
