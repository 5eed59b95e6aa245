// Lists pull requests, with what the gate needs.
import type { Asking, GitHub } from './client.ts'

interface PullRequest {
  readonly number: number
  readonly head: { readonly sha: string }
  readonly base: { readonly sha: string; readonly ref: string }
  /** Its head is in another repository than its base, or in one that was deleted. */
  readonly fromFork: boolean
  readonly labels: readonly string[]
  /** Login of its author; undefined if the account was deleted. `dependabot[bot]` is Dependabot. */
  readonly user: string | undefined
  /** Time of the last change to its commits, its description or its comments. */
  readonly updated: Date
}

const perPage = 100

/** Lists the open pull requests. Needs `pull-requests: read`. */
export async function openPullRequests(github: GitHub): Promise<PullRequest[]> {
  const found: PullRequest[] = []
  for (let page = 1; ; page += 1) {
    const { data } = await github.ask('list the open pull requests', 'pull-requests: read', (asking) =>
      askForPage(asking, page),
    )
    found.push(...data.map(fromItem))
    if (data.length < perPage) return found
  }
}

function askForPage({ request, at, signal }: Asking, page: number) {
  return request('GET /repos/{owner}/{repo}/pulls', {
    ...at,
    state: 'open',
    per_page: perPage,
    page,
    request: { signal },
  })
}

type Item = Awaited<ReturnType<typeof askForPage>>['data'][number]

function fromItem({ number, head, base, labels, user, updated_at }: Item): PullRequest {
  return {
    number,
    head: { sha: head.sha },
    base: { sha: base.sha, ref: base.ref },
    fromFork: head.repo?.full_name !== base.repo.full_name,
    labels: labels.flatMap(({ name }) => (name === undefined ? [] : [name])),
    user: user?.login,
    updated: new Date(updated_at),
  }
}
