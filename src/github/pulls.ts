// Pull requests, as far as the gate looks at them.
import type { Asking, GitHub } from './client.ts'

interface PullRequest {
  readonly number: number
  readonly head: { readonly sha: string }
  readonly base: { readonly sha: string; readonly ref: string }
  /** From another repository than the one it goes to, or from one that was deleted meanwhile. */
  readonly fromFork: boolean
  readonly labels: readonly string[]
  /** Login of who opened it; undefined for accounts that were deleted. `dependabot[bot]` is Dependabot. */
  readonly user: string | undefined
  /** When its commits, its description or its comments last changed. */
  readonly updated: Date
}

const perPage = 100

/** The open pull requests. Needs `pull-requests: read`. */
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
