// A client for GitHub's REST API: one repository, one token. It retries after transient errors and rate limits.
import { Octokit } from '@octokit/core'
import { Failure } from '../domain/failures/failure.ts'
import { throwIfAborted } from '../domain/failures/interruption.ts'
import { Outage, type RetryLimits } from '../domain/failures/outage.ts'
import { formatDuration } from '../domain/text/quantities.ts'
import type { Clock } from '../ports/common.ts'
import { errorDetails, gitHubFailure, isPassing, type Permission, rateLimitWait } from './errors.ts'

interface GitHubAccess {
  /** `https://api.github.com`, as in GITHUB_API_URL. */
  readonly apiUrl: string
  readonly token: string
  /** `owner/name`. */
  readonly repository: string
  readonly clock: Clock
  /** Aborts all requests immediately. */
  readonly signal?: AbortSignal
  /** Aborts requests soon after the interruption. Later ones, which clean up, have little time. None is retried. */
  readonly interruption?: AbortSignal | undefined
  /** Called before each wait, with a complete sentence. */
  readonly note?: (sentence: string) => void
  readonly limits?: Partial<RetryLimits>
}

/** Parameters of every route of a repository. */
interface RepositoryParameters {
  readonly owner: string
  readonly repo: string
}

/** Arguments of a request: typed routes, the repository's parameters, and the signal that aborts it. */
export interface Asking {
  readonly request: Octokit['request']
  readonly at: RepositoryParameters
  readonly signal: AbortSignal
}

interface AskOptions {
  readonly signal?: AbortSignal | undefined
}

/** One repository at GitHub. Its routes are functions in the other files of this folder. */
export interface GitHub {
  /** `owner/name`. */
  readonly repository: string
  /**
   * Sends a request, and retries it after transient errors (5xx, lost connections) and rate limits, so it must be safe
   * to repeat. Throws a failure of kind unreachable that names the missing permission. `doing` completes "could not …".
   */
  ask<T>(doing: string, needs: Permission, request: (asking: Asking) => Promise<T>, options?: AskOptions): Promise<T>
  /** As `ask`, but returns undefined if the object does not exist (404) or has expired (410). */
  find<T>(
    doing: string,
    needs: Permission,
    request: (asking: Asking) => Promise<T>,
    options?: AskOptions,
  ): Promise<T | undefined>
}

/** GitHub returns 410 for expired artifacts. */
const gone = new Set([404, 410])
/** Longest wait in seconds for one rate limit: a primary limit may last an hour, and a job's minutes cost money. */
const longestWait = 300
/** A request without a response for 30 seconds is retried; GitHub itself ends requests after ten seconds. */
const usualLimits: RetryLimits = { attempts: 5, firstDelay: 0.5, longestDelay: 15, idleTimeout: 30, longestOutage: 120 }

/** Seconds for a request after an interruption: normally, and after a request had no response in that time. */
const answerLimit = 0.6
const silentLimit = 0.1

/**
 * Opens a repository at GitHub without sending a request. Throws a failure of kind usage if its name is not
 * `owner/name`.
 */
export function openGitHub(access: GitHubAccess): GitHub {
  const attempt = attempting(access)
  return {
    repository: access.repository,
    async ask(doing, needs, request, options) {
      try {
        return await attempt(doing, needs, request, options)
      } catch (thrown) {
        throw gitHubFailure(thrown, doing, needs)
      }
    },
    async find(doing, needs, request, options) {
      try {
        return await attempt(doing, needs, request, options)
      } catch (thrown) {
        if (gone.has(errorDetails(thrown)?.status ?? 0)) return undefined
        throw gitHubFailure(thrown, doing, needs)
      }
    },
  }
}

/** As `ask`, but throws errors unchanged. */
function attempting(access: GitHubAccess): GitHub['ask'] {
  const { clock, note, interruption: interrupted } = access
  const limits = { ...usualLimits, ...access.limits }
  const { request, at } = connect(access)
  let isSilent = false
  return async (doing, needs, ask, options = {}) => {
    const ends = [access.signal, options.signal].filter((signal) => signal !== undefined)
    const signal = AbortSignal.any(ends)
    const outage = new Outage(limits)
    for (let n = 1; ; n += 1) {
      throwIfAborted(signal)
      const began = clock.seconds()
      const overdue = soonAfter(interrupted, clock, isSilent ? silentLimit : answerLimit)
      try {
        return await ask({
          request,
          at,
          signal: AbortSignal.any([...ends, overdue.signal, AbortSignal.timeout(limits.idleTimeout * 1000)]),
        })
      } catch (thrown) {
        throwIfAborted(signal)
        isSilent ||= overdue.signal.aborted
        if (isSilent) throwIfAborted(interrupted)
        if (interrupted?.aborted) throw thrown
        const wait =
          limitWait(n >= limits.attempts, thrown, doing, clock) ?? passingWait(thrown, outage, clock.seconds() - began)
        if (wait === undefined) throw thrown
        note?.(`${gitHubFailure(thrown, doing, needs).message}. Trying again in ${formatDuration(wait)}.`)
        const stops = interrupted ? AbortSignal.any([signal, interrupted]) : signal
        await clock.sleep(wait, stops).catch((reason: unknown) => {
          throwIfAborted(stops)
          throw reason
        })
      } finally {
        overdue.stop()
      }
    }
  }
}

/** Returns a signal that is aborted this many seconds after the interruption, or from now if that was earlier. */
function soonAfter(
  interrupted: AbortSignal | undefined,
  clock: Clock,
  seconds: number,
): { signal: AbortSignal; stop(): void } {
  const overdue = new AbortController()
  const done = new AbortController()
  const start = () =>
    void clock.sleep(seconds, done.signal).then(
      () => overdue.abort(),
      () => undefined,
    )
  if (interrupted?.aborted) start()
  else interrupted?.addEventListener('abort', start, { once: true, signal: done.signal })
  return { signal: overdue.signal, stop: () => done.abort() }
}

function connect({ repository, token, apiUrl }: GitHubAccess): Pick<Asking, 'request' | 'at'> {
  const [, owner, repo] = /^([^/\s]+)\/([^/\s]+)$/.exec(repository) ?? []
  if (owner === undefined || repo === undefined) {
    throw new Failure('github/no-repository', `${JSON.stringify(repository)} is not the name of a repository`, {
      hint: 'Write it like owner/name (GITHUB_REPOSITORY).',
    })
  }
  const quiet = () => undefined
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  const { request } = new Octokit({ auth: token, baseUrl: apiUrl, userAgent: 'resguardo', log, request: { log } })
  return { request, at: { owner, repo } }
}

/** Returns the seconds to wait for a rate limit. Throws if the wait is too long or this was the last attempt. */
function limitWait(isLast: boolean, thrown: unknown, doing: string, clock: Clock): number | undefined {
  const trouble = errorDetails(thrown)
  const wait = trouble && rateLimitWait(trouble, clock.now())
  if (wait !== undefined && (wait > longestWait || isLast)) throw limited(doing, wait, thrown)
  return wait
}

/** Returns the seconds to wait after an attempt of this duration; undefined if there is no further attempt. */
function passingWait(thrown: unknown, outage: Outage, seconds: number): number | undefined {
  const trouble = errorDetails(thrown)
  return trouble && isPassing(trouble) ? outage.next(seconds, Math.random()) : undefined
}

function limited(doing: string, wait: number, cause: unknown): Failure {
  return new Failure(
    'github/rate-limit',
    `could not ${doing}: GitHub's rate limit is exceeded for another ${formatDuration(wait)}`,
    {
      hint: 'Run again later. A GITHUB_TOKEN has 1,000 requests an hour for the whole repository; a token of a GitHub App has more.',
      cause,
    },
  )
}
