// The repository itself and GitHub's own time.
import type { GitHub } from './client.ts'

export type Visibility = 'public' | 'private' | 'internal'

interface Repository {
  readonly id: number
  readonly visibility: Visibility
  readonly defaultBranch: string
}

/** The repository. Needs `metadata: read`, which every token has for its repository. */
export async function getRepository(github: GitHub): Promise<Repository> {
  const { data } = await github.ask(`look at ${github.repository}`, 'metadata: read', ({ request, at, signal }) =>
    request('GET /repos/{owner}/{repo}', { ...at, request: { signal } }),
  )
  const { id, default_branch: defaultBranch } = data
  return { id: Number(id), defaultBranch, visibility: visibilityOf(data) }
}

/** Visibility as a repository's JSON says it; a repository that does not say is taken for public. */
export function visibilityOf(said: {
  readonly visibility?: string | undefined
  readonly private?: boolean
}): Visibility {
  if (said.visibility === 'internal') return 'internal'
  return said.visibility === 'private' || (said.visibility === undefined && said.private === true)
    ? 'private'
    : 'public'
}

/** GitHub's clock, to the second; undefined if the answer does not say. Asked of a route that no rate limit counts. */
export async function gitHubTime(github: GitHub): Promise<Date | undefined> {
  const { headers } = await github.ask('ask GitHub for the time', 'metadata: read', ({ request, signal }) =>
    request('GET /rate_limit', { request: { signal } }),
  )
  const time = new Date(headers.date ?? '')
  return Number.isNaN(time.getTime()) ? undefined : time
}
