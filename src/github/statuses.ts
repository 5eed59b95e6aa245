// Posts and reads commit statuses, which branch protection and rulesets check.
import type { GitHub } from './client.ts'

type StatusState = 'error' | 'failure' | 'pending' | 'success'

interface NewStatus {
  readonly state: StatusState
  /** The name of the check, such as `resguardo/migration-gate`. */
  readonly context: string
  /** Cut to 140 characters, GitHub's maximum. */
  readonly description: string
  /** URL that the check's name links to. */
  readonly targetUrl?: string | undefined
}

interface CommitStatus extends NewStatus {
  readonly created: Date
  /**
   * Login of the account or app whose token posted it; anyone with write access to the repository can post any status.
   */
  readonly creator: string | undefined
}

/** Maximum characters of a description, from GitHub's reference of `POST /repos/{owner}/{repo}/statuses/{sha}`. */
const longestDescription = 140

/** Posts a status on a commit; the newest of a context counts. Needs `statuses: write`. */
export async function createStatus(github: GitHub, sha: string, status: NewStatus): Promise<void> {
  const { state, context, description, targetUrl } = status
  await github.ask(`post the status ${context} on ${sha.slice(0, 7)}`, 'statuses: write', ({ request, at, signal }) =>
    request('POST /repos/{owner}/{repo}/statuses/{sha}', {
      ...at,
      sha,
      state,
      context,
      description: shortened(description),
      ...(targetUrl !== undefined && { target_url: targetUrl }),
      request: { signal },
    }),
  )
}

const perPage = 100
/** GitHub stores at most 1,000 statuses per commit and context. */
const mostPages = 20

/** Returns the newest status of a context on a commit; undefined if there is none. Needs `statuses: read`. */
export async function latestStatus(github: GitHub, sha: string, context: string): Promise<CommitStatus | undefined> {
  for (let page = 1; page <= mostPages; page += 1) {
    const { data } = await github.ask(
      `read the statuses of ${sha.slice(0, 7)}`,
      'statuses: read',
      ({ request, at, signal }) =>
        request('GET /repos/{owner}/{repo}/commits/{ref}/statuses', {
          ...at,
          ref: sha,
          per_page: perPage,
          page,
          request: { signal },
        }),
    )
    const found = data.find((each) => each.context === context)
    if (found) {
      return {
        state: found.state as StatusState,
        context,
        description: found.description ?? '',
        targetUrl: found.target_url ?? undefined,
        created: new Date(found.created_at),
        creator: found.creator?.login,
      }
    }
    if (data.length < perPage) return undefined
  }
  return undefined
}

/** Cuts between code points, so that no surrogate pair is split. */
function shortened(description: string): string {
  const characters = [...description]
  return characters.length <= longestDescription
    ? description
    : `${characters.slice(0, longestDescription - 1).join('')}…`
}
