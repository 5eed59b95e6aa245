// Parts of webhook payloads, with the fields that workflows and actions read.
// https://docs.github.com/webhooks/webhook-events-and-payloads
import type { Json, JsonObject } from './json.ts'
import type { PullRequest, Repository } from './repository.ts'
import type { RunResult } from './results.ts'

export function repositoryPayload(repository: Repository): JsonObject {
  return {
    id: repository.id,
    name: repository.name,
    full_name: repository.fullName,
    private: repository.isPrivate,
    visibility: repository.isPrivate ? 'private' : 'public',
    fork: repository.isFork,
    default_branch: repository.defaultBranch,
    html_url: `https://github.com/${repository.fullName}`,
    owner: { login: repository.owner },
  }
}

export function pullPayload(repository: Repository, pull: PullRequest, head: string, base: string): JsonObject {
  const source = pull.from ?? repository
  const baseRef = pull.base ?? repository.defaultBranch
  return {
    number: pull.number,
    state: 'open',
    draft: pull.draft ?? false,
    title: pull.title ?? `Pull request ${pull.number}`,
    body: null,
    html_url: `https://github.com/${repository.fullName}/pull/${pull.number}`,
    user: { login: pull.author ?? source.owner, type: pull.author?.endsWith('[bot]') ? 'Bot' : 'User' },
    labels: (pull.labels ?? []).map((name) => ({ name })),
    head: { ref: pull.head, sha: head, label: `${source.owner}:${pull.head}`, repo: repositoryPayload(source) },
    base: { ref: baseRef, sha: base, label: `${repository.owner}:${baseRef}`, repo: repositoryPayload(repository) },
    created_at: new Date().toISOString(),
    updated_at: (pull.updated ?? new Date()).toISOString(),
    author_association: pull.from === undefined ? 'MEMBER' : 'CONTRIBUTOR',
  }
}

/** The payload `workflow_run` of a run's events. */
export function runPayload(
  run: RunResult,
  action: string,
  about: { readonly trust: string; readonly payload: JsonObject; readonly actor: string },
  repository: Repository,
): JsonObject {
  const fromFork = about.trust === 'fork'
  const pull = about.payload.pull_request as JsonObject | undefined
  const head = pull?.head as JsonObject | undefined
  const headRepository = fromFork ? head?.repo : repositoryPayload(repository)
  return {
    id: run.id,
    name: run.workflow,
    path: run.path,
    run_number: run.number,
    run_attempt: 1,
    event: run.event,
    status: action === 'completed' ? 'completed' : action,
    conclusion: run.conclusion ?? null,
    head_branch: run.headBranch,
    head_sha: run.headSha,
    head_repository: headRepository ?? null,
    repository: repositoryPayload(repository),
    html_url: `https://github.com/${repository.fullName}/actions/runs/${run.id}`,
    actor: { login: about.actor },
    triggering_actor: { login: about.actor },
    // GitHub leaves this empty for forks.
    pull_requests: pull === undefined || fromFork ? [] : [short(pull)],
  }
}

function short(pull: JsonObject): Json {
  const side = (value: Json | undefined): Json => {
    const { ref = null, sha = null } = value as JsonObject
    return { ref, sha }
  }
  return { number: pull.number ?? null, head: side(pull.head), base: side(pull.base) }
}
