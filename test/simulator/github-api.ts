// A fake of the parts of GitHub's REST API that our actions use; it enforces the permissions of tokens.
// https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, answerRoute, type Posted } from './github-api-routes.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { repositoryPayload } from './payloads.ts'
import type { Permissions } from './permissions.ts'
import type { Repository } from './repository.ts'
import type { ResultsService } from './results/results-service.ts'
import type { RunResult } from './results.ts'
import type { TokenIssuer } from './world.ts'

/** One request, with the job to which its token was issued. */
interface ApiCall {
  readonly method: string
  readonly path: string
  readonly job: string | undefined
  readonly status: number
}

interface Holder {
  readonly permissions: Permissions
  readonly job: string
}

export class GitHubApi implements TokenIssuer {
  readonly repository: Repository
  /** Oldest first. */
  readonly statuses: Posted[] = []
  readonly pulls = new Map<number, JsonObject>()
  readonly runs = new Map<number, JsonObject>()
  readonly calls: ApiCall[] = []
  /** GitHub's separate artifact service, whose REST routes are answered here. */
  readonly results: ResultsService | undefined
  url = ''
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #tokens = new Map<string, Holder>()
  /** Workflow ID of every workflow file that ran. */
  readonly #workflows = new Map<string, number>()

  private constructor(repository: Repository, results: ResultsService | undefined) {
    this.repository = repository
    this.results = results
  }

  /** Listens on a free loopback port. The caller must call `close`. */
  static async start(repository: Repository, results?: ResultsService): Promise<GitHubApi> {
    const api = new GitHubApi(repository, results)
    api.#server.listen(0, '127.0.0.1')
    await once(api.#server, 'listening')
    api.url = `http://127.0.0.1:${(api.#server.address() as AddressInfo).port}`
    return api
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  issue(permissions: Permissions, { job }: { readonly run: number; readonly job: string }): string {
    const token = `ghs_${randomUUID().replaceAll('-', '')}`
    this.#tokens.set(token, { permissions, job })
    return token
  }

  revoke(token: string): void {
    this.#tokens.delete(token)
  }

  /** Stores runs, and the pull requests of their events. */
  runChanged(run: RunResult, payload: JsonObject): void {
    const pull = payload.pull_request
    const head = isObject(pull) && isObject(pull.head) ? pull.head : {}
    const headRepository = isObject(head.repo) ? head.repo : repositoryPayload(this.repository)
    const { id, event, path, status, headBranch, headSha } = run
    const workflowId = this.#workflows.get(path) ?? 500 + this.#workflows.size
    this.#workflows.set(path, workflowId)
    this.runs.set(id, {
      id,
      name: run.workflow,
      workflow_id: workflowId,
      event,
      path,
      status: status === 'pending' ? 'queued' : status,
      conclusion: run.conclusion ?? null,
      head_branch: headBranch,
      head_sha: headSha,
      head_repository: headRepository,
      html_url: `https://github.com/${this.repository.fullName}/actions/runs/${id}`,
    })
    this.results?.runs.set(id, { id, event, path, branch: headBranch, headRepository: Number(headRepository.id) })
    if (isObject(pull)) this.keepPull(pull)
  }

  /** Adds or changes a pull request; events do so automatically. */
  keepPull(pull: JsonObject): void {
    this.pulls.set(Number(pull.number), { merged_at: null, ...pull })
  }

  /** The newest status of a context on a commit. */
  statusOf(sha: string, context: string): Posted | undefined {
    return this.statuses.findLast((status) => status.sha === sha && status.context === context)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request
    const [, token = ''] = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? '') ?? []
    const holder = this.#tokens.get(token)
    const body = await bodyOf(request)
    const answer: Answer =
      holder === undefined
        ? { status: 401, body: { message: 'Bad credentials' } }
        : await answerRoute(this, holder.permissions, method, new URL(url, this.url), body)
    this.calls.push({ method, path: url, job: holder?.job, status: answer.status })
    response.writeHead(answer.status, { 'content-type': 'application/json; charset=utf-8', ...answer.headers })
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body))
  }
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text === '' ? null : JSON.parse(text)
}
