// Origin of the code that a run has checked out, from the event's payload. What the payload lacks stays unknown.
import { readFileSync } from 'node:fs'
import type { CodeOrigin } from '../domain/drill/rehearsal.ts'

/** `readEvent` returns the text of the event's payload. */
export function codeOriginOf(
  environment: Readonly<Record<string, string | undefined>>,
  readEvent: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): CodeOrigin {
  if (environment.GITHUB_ACTIONS !== 'true') return { inActions: false }
  const event = eventOf(environment.GITHUB_EVENT_PATH, readEvent)
  const visibility = visibilityOf(event.repository)
  const says = telling.has(environment.GITHUB_EVENT_NAME ?? '')
  return { inActions: true, ...(visibility && { visibility }), ...(says && { fork: isFromElsewhere(event) }) }
}

/**
 * Events that concern the repository's own code, or whose payload names the head. Others, such as a comment on an
 * issue, may concern a fork's code.
 */
const telling = new Set([
  ...['push', 'merge_group', 'schedule', 'workflow_dispatch', 'repository_dispatch', 'release', 'deployment'],
  ...['pull_request', 'pull_request_target', 'pull_request_review', 'workflow_run'],
])

interface SaidRepository {
  readonly id?: number
  readonly private?: boolean
  readonly visibility?: string
}

/**
 * The used parts of the payloads of `pull_request`, `pull_request_target` and `workflow_run`. Any of them may be
 * missing.
 */
interface SaidEvent {
  readonly repository?: SaidRepository
  readonly pull_request?: { readonly head?: { readonly repo?: SaidRepository | null } }
  readonly workflow_run?: { readonly head_repository?: SaidRepository | null }
}

function eventOf(path: string | undefined, readEvent: (path: string) => string): SaidEvent {
  if (!path) return {}
  try {
    const event: unknown = JSON.parse(readEvent(path))
    return typeof event === 'object' && event !== null ? event : {}
  } catch {
    return {}
  }
}

function visibilityOf(repository: SaidRepository | undefined): CodeOrigin['visibility'] {
  const said = repository?.visibility
  if (said === 'public' || said === 'private' || said === 'internal') return said
  return repository?.private === undefined ? undefined : repository.private ? 'private' : 'public'
}

/** A head whose repository was deleted, or is not named, counts as a fork. */
function isFromElsewhere({ repository, pull_request: pullRequest, workflow_run: run }: SaidEvent): boolean {
  const heads = [...(pullRequest ? [pullRequest.head?.repo] : []), ...(run ? [run.head_repository] : [])]
  return heads.some((head) => head?.id === undefined || head.id !== repository?.id)
}
