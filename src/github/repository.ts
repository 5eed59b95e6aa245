// Reads the properties of the repository, and GitHub's clock.
import type { GitHub } from './client.ts'

export type Visibility = 'public' | 'private' | 'internal'

interface Repository {
  readonly id: number
  readonly visibility: Visibility
  readonly defaultBranch: string
}

/** Reads the repository. Needs `metadata: read`, which every token has for its repository. */
export async function getRepository(github: GitHub): Promise<Repository> {
  const { data } = await github.ask(`look up ${github.repository}`, 'metadata: read', ({ request, at, signal }) =>
    request('GET /repos/{owner}/{repo}', { ...at, request: { signal } }),
  )
  const { id, default_branch: defaultBranch } = data
  return { id: Number(id), defaultBranch, visibility: visibilityOf(data) }
}

/** Returns the visibility in a repository's JSON; `public` if the JSON does not contain it. */
export function visibilityOf(said: {
  readonly visibility?: string | undefined
  readonly private?: boolean
}): Visibility {
  if (said.visibility === 'internal') return 'internal'
  return said.visibility === 'private' || (said.visibility === undefined && said.private === true)
    ? 'private'
    : 'public'
}

/** Returns GitHub's time, to the second; undefined if the response has none. Uses a route that no rate limit counts. */
export async function gitHubTime(github: GitHub): Promise<Date | undefined> {
  const { headers } = await github.ask('get the time from GitHub', 'metadata: read', ({ request, signal }) =>
    request('GET /rate_limit', { request: { signal } }),
  )
  const time = new Date(headers.date ?? '')
  return Number.isNaN(time.getTime()) ? undefined : time
}
