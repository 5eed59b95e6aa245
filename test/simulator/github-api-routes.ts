// The routes of the fake API: required permissions and responses.

import { isObject, type Json, type JsonObject } from './json.ts'
import { repositoryPayload } from './payloads.ts'
import { allows, type Permissions } from './permissions.ts'
import type { Repository } from './repository.ts'
import { answerRest } from './results/results-rest.ts'
import { type ResultsService, restToken } from './results/results-service.ts'

/** A commit status: https://docs.github.com/rest/commits/statuses */
export interface Posted {
  readonly id: number
  readonly sha: string
  readonly state: string
  readonly context: string
  readonly description: string
  readonly target_url: string | null
  readonly created_at: string
  readonly creator: { readonly login: string }
}

export interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** State that the routes read and change. */
interface ApiState {
  readonly repository: Repository
  readonly statuses: Posted[]
  readonly pulls: ReadonlyMap<number, JsonObject>
  readonly runs: ReadonlyMap<number, JsonObject>
  readonly results: ResultsService | undefined
}

interface Asked {
  readonly state: ApiState
  readonly at: URL
  readonly body: Json
  /** The parts of the path that the pattern captures. */
  readonly parts: readonly string[]
}

interface Route {
  readonly method: string
  /** Path after /repos/{owner}/{repo}. */
  readonly path: RegExp
  readonly needs: readonly [scope: string, level: 'read' | 'write'] | undefined
  answer(asked: Asked): Answer | Promise<Answer>
}

const notFound: Answer = { status: 404, body: { message: 'Not Found' } }
const states = ['error', 'failure', 'pending', 'success']

function page<T>(all: readonly T[], at: URL): T[] {
  const size = Math.min(Number(at.searchParams.get('per_page') ?? 30), 100)
  const from = (Number(at.searchParams.get('page') ?? 1) - 1) * size
  return all.slice(from, from + size)
}

async function postStatus({ state, body, parts: [sha = ''] }: Asked): Promise<Answer> {
  const given = isObject(body) ? body : {}
  const invalid = (message: string): Answer => ({ status: 422, body: { message: `Validation Failed: ${message}` } })
  if (!(await state.repository.has(sha))) return { status: 422, body: { message: `No commit found for SHA: ${sha}` } }
  if (!states.includes(String(given.state))) return invalid('state is not included in the list')
  const description = String(given.description ?? '')
  if (description.length > 140) return invalid('description is too long (maximum is 140 characters)')
  const posted: Posted = {
    id: state.statuses.length + 1,
    sha,
    state: String(given.state),
    context: String(given.context ?? 'default'),
    description,
    target_url: typeof given.target_url === 'string' ? given.target_url : null,
    created_at: new Date().toISOString(),
    creator: { login: 'github-actions[bot]' },
  }
  state.statuses.push(posted)
  return { status: 201, body: posted }
}

async function statusesOf({ state, at, parts: [ref = ''] }: Asked): Promise<Answer> {
  const sha = await state.repository.resolve(ref).catch(() => undefined)
  const found = state.statuses.filter((status) => status.sha === sha).reverse()
  return sha === undefined ? notFound : { status: 200, body: page(found, at) }
}

function headOf(pull: JsonObject): JsonObject {
  return isObject(pull.head) ? pull.head : {}
}

function pullsOfCommit({ state, at, parts: [sha = ''] }: Asked): Answer {
  // GitHub finds only commits of the repository itself here, not those of forks.
  const own = [...state.pulls.values()].filter((pull) => {
    const { repo, sha: head } = headOf(pull)
    return head === sha && isObject(repo) && repo.full_name === state.repository.fullName
  })
  return { status: 200, body: page(own, at) }
}

function pulls({ state, at }: Asked): Answer {
  const [wanted, head, base] = ['state', 'head', 'base'].map((name) => at.searchParams.get(name))
  const found = [...state.pulls.values()].filter((pull) => {
    const ref = isObject(pull.base) ? pull.base.ref : undefined
    const named = head === null || headOf(pull).label === head
    return named && (base === null || ref === base) && (wanted === 'all' || pull.state === (wanted ?? 'open'))
  })
  return { status: 200, body: page(found.reverse(), at) }
}

/** Newest first: https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow */
function runsOfWorkflow({ state, at, parts: [workflow] }: Asked): Answer {
  const all = [...state.runs.values()].filter(({ workflow_id }) => workflow_id === Number(workflow))
  if (all.length === 0) return notFound
  const wanted = Object.entries({ branch: 'head_branch', event: 'event', head_sha: 'head_sha' })
    .map(([asked, property]) => ({ property, value: at.searchParams.get(asked) }))
    .filter(({ value }) => value !== null)
  const found = all.filter((run) => wanted.every(({ property, value }) => run[property] === value))
  found.sort((a, b) => Number(b.id) - Number(a.id))
  return { status: 200, body: { total_count: found.length, workflow_runs: page(found, at) } }
}

function one(found: JsonObject | undefined): Answer {
  return found === undefined ? notFound : { status: 200, body: found }
}

function artifacts({ state, at }: Asked, method: string): Answer {
  if (state.results === undefined) return notFound
  const request = { method, headers: { authorization: `token ${restToken}` } }
  return answerRest(state.results, at, request as Parameters<typeof answerRest>[2])
}

const routes: readonly Route[] = [
  {
    method: 'GET',
    path: /^$/,
    needs: undefined,
    answer: ({ state }) => ({ status: 200, body: repositoryPayload(state.repository) }),
  },
  { method: 'POST', path: /^\/statuses\/([0-9a-f]{40})$/, needs: ['statuses', 'write'], answer: postStatus },
  { method: 'GET', path: /^\/commits\/([^/]+)\/statuses$/, needs: ['statuses', 'read'], answer: statusesOf },
  { method: 'GET', path: /^\/commits\/([^/]+)\/pulls$/, needs: ['pull-requests', 'read'], answer: pullsOfCommit },
  { method: 'GET', path: /^\/pulls$/, needs: ['pull-requests', 'read'], answer: pulls },
  {
    method: 'GET',
    path: /^\/pulls\/(\d+)$/,
    needs: ['pull-requests', 'read'],
    answer: ({ state, parts: [number] }) => one(state.pulls.get(Number(number))),
  },
  {
    method: 'GET',
    path: /^\/actions\/runs\/(\d+)$/,
    needs: ['actions', 'read'],
    answer: ({ state, parts: [id] }) => one(state.runs.get(Number(id))),
  },
  { method: 'GET', path: /^\/actions\/workflows\/(\d+)\/runs$/, needs: ['actions', 'read'], answer: runsOfWorkflow },
  {
    method: 'GET',
    path: /^\/actions\/artifacts/,
    needs: ['actions', 'read'],
    answer: (asked) => artifacts(asked, 'GET'),
  },
  {
    method: 'DELETE',
    path: /^\/actions\/artifacts/,
    needs: ['actions', 'write'],
    answer: (asked) => artifacts(asked, 'DELETE'),
  },
]

export async function answerRoute(
  state: ApiState,
  may: Permissions,
  method: string,
  at: URL,
  body: Json,
): Promise<Answer> {
  if (at.pathname === '/rate_limit') return { status: 200, body: { rate: { remaining: 1000 } } }
  const home = `/repos/${state.repository.fullName}`
  if (at.pathname !== home && !at.pathname.startsWith(`${home}/`)) return notFound
  const path = at.pathname.slice(home.length)
  const route = routes.find((candidate) => candidate.method === method && candidate.path.test(path))
  if (route === undefined) return notFound
  if (route.needs !== undefined && !allows(may, ...route.needs)) {
    return { status: 403, body: { message: 'Resource not accessible by integration' } }
  }
  return route.answer({ state, at, body, parts: (route.path.exec(path) ?? []).slice(1) })
}
