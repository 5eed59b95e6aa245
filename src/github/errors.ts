// Interprets GitHub's errors: the failure with its hint, and whether and when to retry.
import { Failure } from '../domain/failures/failure.ts'
import type { FailureCode } from '../domain/failures/failure-codes.ts'

/** The properties of Octokit's errors that are used. A lost connection has status 500 and no response. */
interface RequestTrouble {
  readonly status: number
  readonly message: string
  readonly headers: Readonly<Record<string, string | number | undefined>> | undefined
}

/** A permission that a request needs, as written under `permissions:` in a workflow: `actions: read`. */
export type Permission = `${'actions' | 'contents' | 'pull-requests' | 'statuses' | 'metadata'}: ${'read' | 'write'}`

/** Returns GitHub's error from a thrown value; undefined for other values. */
export function errorDetails(thrown: unknown): RequestTrouble | undefined {
  if (!(thrown instanceof Error) || !('status' in thrown) || typeof thrown.status !== 'number') return undefined
  const response =
    'response' in thrown ? (thrown.response as { headers?: RequestTrouble['headers'] } | undefined) : undefined
  return { status: thrown.status, message: thrown.message, headers: response?.headers }
}

/**
 * Returns the seconds to wait for a rate limit, from the headers that GitHub documents (docs.github.com, "Rate limits
 * for the REST API"); undefined if the error is not a rate limit.
 */
export function rateLimitWait({ status, message, headers }: RequestTrouble, now: Date): number | undefined {
  if (status !== 403 && status !== 429) return undefined
  const after = Number(headers?.['retry-after'])
  if (headers?.['retry-after'] !== undefined && after >= 0) return after
  if (String(headers?.['x-ratelimit-remaining']) === '0') {
    const reset = Number(headers?.['x-ratelimit-reset']) - now.getTime() / 1000
    return Number.isFinite(reset) ? Math.max(1, Math.ceil(reset)) : 60
  }
  return status === 429 || /rate limit/i.test(message) ? 60 : undefined
}

/** Whether a retry may succeed: GitHub failed, or did not respond. */
export function isPassing({ status }: RequestTrouble): boolean {
  return status >= 500
}

/**
 * Converts an error of a request to a Failure. `doing` completes "could not …"; `needs`: the permission that the
 * request needs.
 */
export function gitHubFailure(thrown: unknown, doing: string, needs: Permission): Failure {
  if (thrown instanceof Failure) return thrown
  const trouble = errorDetails(thrown)
  if (!trouble) return new Failure('internal/bug', `could not ${doing}: ${String(thrown)}`, { cause: thrown })
  const [code, says, hint] = meaning(trouble, needs)
  return new Failure(code, `could not ${doing}: ${says}`, { hint, cause: thrown })
}

function meaning(trouble: RequestTrouble, needs: Permission): [code: FailureCode, says: string, hint: string] {
  const { status, headers } = trouble
  const grant = `The job needs \`permissions: ${needs}\`; a personal access token needs the same for this repository`
  if (headers === undefined) {
    return [
      'github/unavailable',
      `GitHub did not answer (${firstLine(trouble.message)})`,
      'Check the network and www.githubstatus.com, then try again.',
    ]
  }
  if (status === 401) return ['github/bad-token', 'GitHub does not accept the token', `It may have expired. ${grant}.`]
  if (status === 403)
    return ['github/forbidden', `the token lacks a permission (${firstLine(trouble.message)})`, `${grant}.`]
  if (status === 404)
    return [
      'github/not-found',
      'GitHub found no such object',
      `${grant}. GitHub gives the same answer if the token may not read the object.`,
    ]
  if (status >= 500)
    return [
      'github/unavailable',
      `GitHub answered with an error (${status})`,
      'The request was repeated several times. See www.githubstatus.com, and run again later.',
    ]
  return [
    'github/request-refused',
    `GitHub refused the request (${status}: ${firstLine(trouble.message)})`,
    `${grant}.`,
  ]
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').replace(/\.$/, '').slice(0, 200)
}
