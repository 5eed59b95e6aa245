// The fake of GitHub's REST API: permissions of tokens, and lists of runs, pull requests and statuses.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { jobOf, logOf, runOf } from '../../find.ts'
import { GitHubApi } from '../../github-api.ts'
import { type Repository, repositoryWith } from '../../repository.ts'
import { sandbox } from '../../sandbox.ts'

let repository: Repository
let api: GitHubApi

beforeEach(async () => {
  repository = await repositoryWith({
    '.github/workflows/a.yml': `on: pull_request
permissions: { statuses: write }
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - id: post
        env: { TOKEN: '\${{ github.token }}', SHA: '\${{ github.event.pull_request.head.sha }}' }
        run: |
          post() { curl -s -o /dev/null -w '%{http_code}\\n' -H "authorization: token $TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/$1" "\${@:2}"; }
          post "statuses/$SHA" -d '{"state":"success","context":"gate","description":"ready"}'
          post pulls
          post "statuses/$(printf '0%.0s' {1..40})" -d '{"state":"success"}'
          echo "$TOKEN" > "$GITHUB_WORKSPACE/token"
`,
  })
  api = await GitHubApi.start(repository)
})

afterEach(async () => {
  await api.close()
  await repository.remove()
})

test('a token may do what its job asks for, in a fork only read, and nothing after the job', async () => {
  const { simulator } = await sandbox({}, { repository, api })
  const sha = await repository.commit({ 'x.txt': 'x' }, { branch: 'feature' })
  const runs = await simulator.trigger({
    event: 'pull_request',
    action: 'opened',
    pull: { number: 7, head: 'feature' },
  })
  expect(logOf(jobOf(runOf(runs, 'a.yml'), 'a')).split('\n')).toEqual(['201', '403', '422'])
  expect(api.statusOf(sha, 'gate')).toMatchObject({ state: 'success', description: 'ready' })
  expect([...api.pulls.keys()]).toEqual([7])

  const fork = await repository.fork('mallory')
  await fork.commit({ 'x.txt': 'y' }, { branch: 'evil' })
  const foreign = await simulator.trigger({
    event: 'pull_request',
    action: 'opened',
    pull: { number: 8, head: 'evil', from: fork },
  })
  await fork.remove()
  expect(logOf(jobOf(runOf(foreign, 'a.yml'), 'a')).split('\n')).toEqual(['403', '403', '403'])
  expect(api.statuses).toHaveLength(1)

  const kept = await readFile(join(jobOf(runOf(runs, 'a.yml'), 'a').workspace ?? '', 'token'), 'utf8')
  const headers = { authorization: `token ${kept.trim()}` }
  expect((await fetch(`${api.url}/repos/acme/shop`, { headers })).status).toBe(401)
})

test('the runs of a workflow are listed by its number, the newest first, and every run has a number of its own', async () => {
  const [first, second] = [await sandbox({}, { repository, api }), await sandbox({}, { repository, api })]
  await repository.commit({ 'x.txt': 'x' }, { branch: 'feature' })
  const event = { event: 'pull_request', action: 'opened', pull: { number: 7, head: 'feature' } } as const
  const [one, two] = [...(await first.simulator.trigger(event)), ...(await second.simulator.trigger(event))]
  const ask = async (path: string, token: string) => {
    const answer = await fetch(`${api.url}/repos/acme/shop/actions/${path}`, {
      headers: { authorization: `token ${token}` },
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const token = api.issue({ actions: 'read' }, { run: 1, job: 'test' })
  const { body: run } = await ask(`runs/${one?.id}`, token)
  const runsOf = async (query: string) => (await ask(`workflows/${run.workflow_id}/runs${query}`, token)).body
  expect(await runsOf('?per_page=1')).toMatchObject({
    total_count: 2,
    workflow_runs: [{ id: two?.id, head_branch: 'feature' }],
  })
  expect(await runsOf('?branch=main')).toMatchObject({ total_count: 0, workflow_runs: [] })
  expect((await ask('workflows/1/runs', token)).status).toBe(404)
  const poor = api.issue({ contents: 'read' }, { run: 1, job: 'test' })
  expect((await ask(`workflows/${run.workflow_id}/runs`, poor)).status).toBe(403)
})

test('pull requests and statuses are listed as GitHub lists them', async () => {
  const token = api.issue({ statuses: 'write', 'pull-requests': 'read' }, { run: 1, job: 'test' })
  const ask = async (path: string, body?: object) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const answer = await fetch(`${api.url}/repos/acme/shop${path}`, {
      ...init,
      headers: { authorization: `token ${token}` },
    })
    return { status: answer.status, body: (await answer.json()) as { number: number; state: string }[] }
  }
  const sha = await repository.resolve('main')
  for (const state of ['pending', 'failure']) await ask(`/statuses/${sha}`, { state, context: 'gate' })
  expect((await ask(`/commits/${sha}/statuses`)).body.map(({ state }) => state)).toEqual(['failure', 'pending'])
  expect((await ask(`/statuses/${sha}`, { state: 'success', description: 'x'.repeat(141) })).status).toBe(422)
  const side = (full: string) => ({ ref: 'f', sha, label: `${full.split('/')[0]}:f`, repo: { full_name: full } })
  api.keepPull({ number: 1, state: 'open', head: side('acme/shop'), base: { ref: 'main' } })
  api.keepPull({ number: 2, state: 'open', head: side('mallory/shop'), base: { ref: 'main' } })
  api.keepPull({ number: 3, state: 'closed', head: side('acme/shop'), base: { ref: 'main' } })
  const numbers = async (path: string) => (await ask(path)).body.map(({ number }) => number)
  expect(await numbers('/pulls')).toEqual([2, 1])
  expect(await numbers('/pulls?head=mallory:f&state=all')).toEqual([2])
  expect(await numbers(`/commits/${sha}/pulls`)).toEqual([1, 3])
  expect((await ask('/pulls/9')).status).toBe(404)
  expect((await ask('/actions/runs/1')).status).toBe(403)
})
