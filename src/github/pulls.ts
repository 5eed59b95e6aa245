// Pull requests, as far as the gate looks at them.
import type { Asking, GitHub } from './client.ts'

export interface PullRequest {
  readonly number: number
  readonly state: 'open' | 'closed'
  readonly draft: boolean
  readonly merged: boolean
  readonly head: { readonly sha: string; readonly ref: string; readonly repository: string | undefined }
  readonly base: { readonly sha: string; readonly ref: string; readonly repository: string }
  /** From another repository than the one it goes to, or from one that was deleted meanwhile. */
  readonly fromFork: boolean
  readonly labels: readonly string[]
  /** Login of who opened it; undefined for accounts that were deleted. `dependabot[bot]` is Dependabot. */
  readonly user: string | undefined
  /** When its commits, its description or its talk last changed. */
  readonly updated: Date
  readonly url: string
}

/** One pull request, or undefined if there is none of this number. Needs `pull-requests: read`. */
export async function pullRequest(github: GitHub, number: number): Promise<PullRequest | undefined> {
  const answer = await github.find(`read pull request ${number}`, 'pull-requests: read', (asking) =>
    askForOne(asking, number),
  )
  return answer && fromItem(answer.data)
}

/**
 * The pull requests that a commit belongs to: open ones, or the merged one that brought it into the default branch.
 * GitHub knows only commits of the repository itself here: for the head of a fork ask for `openPullRequests({ head })`.
 */
export async function pullRequestsOfCommit(github: GitHub, sha: string): Promise<PullRequest[]> {
  return everyPage((page) =>
    github.find(`find the pull requests of ${sha.slice(0, 7)}`, 'pull-requests: read', ({ request, at, signal }) =>
      request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
        ...at,
        commit_sha: sha,
        ...page,
        request: { signal },
      }),
    ),
  )
}

/** Open pull requests; `head` is `owner:branch` (a fork's owner for a fork's branch), `base` the branch they go to. */
export async function openPullRequests(
  github: GitHub,
  { head, base }: { head?: string | undefined; base?: string | undefined } = {},
): Promise<PullRequest[]> {
  const filter = { state: 'open' as const, ...(head !== undefined && { head }), ...(base !== undefined && { base }) }
  return everyPage((page) =>
    github.ask('list the open pull requests', 'pull-requests: read', (asking) =>
      askForPage(asking, { ...filter, ...page }),
    ),
  )
}

const perPage = 100

async function everyPage(
  ask: (page: { per_page: number; page: number }) => Promise<{ data: readonly Item[] } | undefined>,
): Promise<PullRequest[]> {
  const found: PullRequest[] = []
  for (let page = 1; ; page += 1) {
    const items = (await ask({ per_page: perPage, page }))?.data ?? []
    found.push(...items.map(fromItem))
    if (items.length < perPage) return found
  }
}

function askForOne({ request, at, signal }: Asking, pull_number: number) {
  return request('GET /repos/{owner}/{repo}/pulls/{pull_number}', { ...at, pull_number, request: { signal } })
}

interface Page {
  readonly state: 'open'
  readonly head?: string
  readonly base?: string
  readonly per_page: number
  readonly page: number
}

function askForPage({ request, at, signal }: Asking, page: Page) {
  return request('GET /repos/{owner}/{repo}/pulls', { ...at, ...page, request: { signal } })
}

type Item = Awaited<ReturnType<typeof askForOne>>['data'] | Awaited<ReturnType<typeof askForPage>>['data'][number]

function fromItem(item: Item): PullRequest {
  const head = item.head.repo?.full_name
  const base = item.base.repo.full_name
  return {
    number: item.number,
    state: item.state === 'open' ? 'open' : 'closed',
    draft: item.draft ?? false,
    merged: item.merged_at !== null,
    head: { sha: item.head.sha, ref: item.head.ref, repository: head },
    base: { sha: item.base.sha, ref: item.base.ref, repository: base },
    fromFork: head !== base,
    labels: item.labels.flatMap(({ name }) => (name === undefined ? [] : [name])),
    user: item.user?.login,
    updated: new Date(item.updated_at),
    url: item.html_url,
  }
}
