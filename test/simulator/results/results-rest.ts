// The REST routes of artifacts: list, download and delete them, their runs, the repository.
import type { IncomingMessage } from 'node:http'
import { type Answer, type FakeArtifact, type FakeRun, type ResultsService, restToken } from './results-state.ts'

/** Answers as in GitHub's reference, also to tokens without permission. */
export function answerRest(service: ResultsService, at: URL, request: IncomingMessage): Answer {
  const { id, name, visibility, defaultBranch } = service.repository
  const { method = 'GET', headers } = request
  if (headers.authorization !== `token ${restToken}`) return { status: 401, body: { message: 'Bad credentials' } }
  if (at.pathname === '/rate_limit') return { status: 200, body: { rate: { remaining: 1000 } } }
  const home = `/repos/${name}`
  if (at.pathname === home) {
    return {
      status: 200,
      body: {
        id,
        full_name: name,
        visibility,
        private: visibility !== 'public',
        default_branch: defaultBranch,
      },
    }
  }
  const needs = method === 'DELETE' ? 'write' : 'read'
  if (service.actions === 'none' || (needs === 'write' && service.actions !== 'write')) {
    return { status: 403, body: { message: 'Resource not accessible by integration' } }
  }
  if (at.pathname === `${home}/actions/artifacts`) return { status: 200, body: listing(service, at.searchParams) }
  const run = service.runs.get(Number(new RegExp(`^${home}/actions/runs/(\\d+)$`).exec(at.pathname)?.[1]))
  if (run) return { status: 200, body: publicRun(run) }
  const workflow = new RegExp(`^${home}/actions/workflows/(\\d+)/runs$`).exec(at.pathname)?.[1]
  if (workflow !== undefined) return { status: 200, body: runsOf(service, Number(workflow), at.searchParams) }
  const [, number, zip] = new RegExp(`^${home}/actions/artifacts/(\\d+)(/zip)?$`).exec(at.pathname) ?? []
  const artifact = service.artifacts.find((each) => each.id > 0 && each.id === Number(number))
  if (!artifact) return { status: 404, body: { message: 'Not Found' } }
  if (method === 'DELETE') {
    service.artifacts.splice(service.artifacts.indexOf(artifact), 1)
    return { status: 204 }
  }
  if (artifact.expired) return { status: 410, body: { message: 'Artifact has expired' } }
  if (zip) return { status: 302, headers: { location: `${service.url}/blob/${artifact.blob}?sig=downloadSignature` } }
  return { status: 200, body: publicArtifact(service, artifact) }
}

function runsOf(service: ResultsService, workflow: number, query: URLSearchParams) {
  const branch = query.get('branch')
  const all = [...service.runs.values()].filter(
    (run) => workflowOf(run) === workflow && (branch === null || run.branch === branch),
  )
  const newest = all.sort((a, b) => b.id - a.id).slice(0, Number(query.get('per_page') ?? 30))
  return { total_count: all.length, workflow_runs: newest.map(publicRun) }
}

function publicRun(run: FakeRun) {
  const { id, event, path, branch: head_branch, headRepository } = run
  const head_repository = { id: headRepository }
  return { id, event, path, head_branch, head_repository, workflow_id: workflowOf(run), head_sha: 'abc', html_url: '' }
}

/** The same number for the same file. */
function workflowOf({ path }: FakeRun): number {
  return [...path].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) % 1_000_003, 7)
}

function listing(service: ResultsService, query: URLSearchParams) {
  const name = query.get('name')
  const perPage = Number(query.get('per_page') ?? 30)
  const from = (Number(query.get('page') ?? 1) - 1) * perPage
  const all = service.artifacts
    .filter((each) => each.id > 0 && (name === null || each.name === name))
    .sort((a, b) => b.id - a.id)
  return {
    total_count: all.length,
    artifacts: all.slice(from, from + perPage).map((each) => publicArtifact(service, each)),
  }
}

function publicArtifact(service: ResultsService, artifact: FakeArtifact) {
  const run = service.runs.get(artifact.runId)
  return {
    id: artifact.id,
    name: artifact.name,
    size_in_bytes: artifact.bytes,
    expired: artifact.expired,
    created_at: artifact.created.toISOString(),
    expires_at: artifact.expires.toISOString(),
    digest: artifact.digest,
    workflow_run: run && {
      id: run.id,
      repository_id: service.repository.id,
      head_repository_id: run.headRepository,
      head_branch: run.branch,
      head_sha: 'abc',
    },
  }
}
