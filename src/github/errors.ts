// What GitHub's answers mean: which failure, what to do next, and whether and when to ask again.
import { Failure } from '../domain/failures/failure.ts'
import type { FailureCode } from '../domain/failures/failure-codes.ts'

/** The parts of an error of Octokit that count here; a lost connection has status 500 and no response. */
interface RequestTrouble {
  readonly status: number
  readonly message: string
  readonly headers: Readonly<Record<string, string | number | undefined>> | undefined
}

/** What the token must be allowed for a request, as it stands under `permissions:` in a workflow: `actions: read`. */
export type Permission = `${'actions' | 'contents' | 'pull-requests' | 'statuses' | 'metadata'}: ${'read' | 'write'}`

/** The error of GitHub in something thrown, or undefined. */
export function errorDetails(thrown: unknown): RequestTrouble | undefined {
  if (!(thrown instanceof Error) || !('status' in thrown) || typeof thrown.status !== 'number') return undefined
  const response =
    'response' in thrown ? (thrown.response as { headers?: RequestTrouble['headers'] } | undefined) : undefined
  return { status: thrown.status, message: thrown.message, headers: response?.headers }
}

/**
 * Seconds until the request may be repeated because GitHub asks for patience, by the headers its documentation names
 * (docs.github.com, "Rate limits for the REST API"); undefined if this is no rate limit.
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

/** Whether the same request may succeed in a moment: GitHub stumbled, or no answer came. */
export function isPassing({ status }: RequestTrouble): boolean {
  return status >= 500
}

/**
 * Anything thrown by a request as a Failure. `doing` continues "could not "; `needs` is the permission that the request
 * takes.
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
  const grant = `The job needs \`permissions: ${needs}\`; a token of your own needs the same for this repository`
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
