// The events that start workflows, each with ref, commit, payload, and the version of the workflow files that is used.
// https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
import type { JsonObject } from './json.ts'
import { pullPayload, repositoryPayload, runPayload } from './payloads.ts'
import type { PullRequest, Repository } from './repository.ts'
import type { RunResult } from './results.ts'

export type SimulatedEvent =
  | {
      readonly event: 'push'
      readonly branch?: string
      readonly tag?: string
      readonly before?: string
      readonly actor?: string
    }
  | {
      readonly event: 'pull_request'
      /** The activity type: `opened`, `synchronize`, `labeled`, … */
      readonly action: string
      readonly pull: PullRequest
      /** Label of `labeled` and `unlabeled`. */
      readonly label?: string
    }
  | { readonly event: 'pull_request_review'; readonly action: 'submitted'; readonly pull: PullRequest }
  | { readonly event: 'merge_group'; readonly pull: PullRequest }
  | {
      readonly event: 'workflow_dispatch'
      /** The file's name, for example `backup.yml`. */
      readonly workflow: string
      readonly inputs?: Readonly<Record<string, string>>
      readonly ref?: string
      readonly actor?: string
    }
  | { readonly event: 'schedule'; readonly cron?: string }

/** Data that all workflows started by an event share. */
export interface Occurrence {
  readonly event: string
  readonly action: string | undefined
  readonly payload: JsonObject
  readonly ref: string
  readonly sha: string
  readonly headBranch: string
  readonly headSha: string
  readonly headRef: string
  readonly baseRef: string
  /** The name to which branch or tag filters apply. */
  readonly filtered: { readonly branch?: string; readonly tag?: string }
  readonly trust: 'full' | 'fork' | 'dependabot'
  readonly actor: string
  /** The commit from which workflow files are read. */
  readonly filesAt: string
  /** Restricts the event to one workflow file. */
  readonly only: string | undefined
  readonly given: JsonObject
  /** The run that caused a `workflow_run`; `depth` is the number of such events before this one. */
  readonly cause?: RunResult
  readonly depth: number
  changed(): Promise<string[]>
}

interface Common {
  readonly only: undefined
  readonly given: JsonObject
  readonly depth: 0
  readonly headRef: string
  readonly baseRef: string
  readonly action: undefined
  readonly actor: string
  readonly trust: 'full'
  changed(): Promise<string[]>
}

/** Its runs do not receive the repository's secrets, like those of forks. */
const dependabot = 'dependabot[bot]'

const common: Common = {
  only: undefined,
  given: {},
  depth: 0,
  headRef: '',
  baseRef: '',
  action: undefined,
  actor: 'octocat',
  trust: 'full',
  changed: async () => [],
}

export async function occurrenceOf(event: SimulatedEvent, repository: Repository): Promise<Occurrence> {
  if (event.event === 'push') return push(event, repository)
  if (event.event === 'pull_request' || event.event === 'pull_request_review') return pullRequest(event, repository)
  if (event.event === 'merge_group') return mergeGroup(event, repository)
  if (event.event === 'workflow_dispatch') return dispatch(event, repository)
  return schedule(event, repository)
}

async function push(event: Extract<SimulatedEvent, { event: 'push' }>, repository: Repository): Promise<Occurrence> {
  const branch = event.branch ?? repository.defaultBranch
  const ref = event.tag === undefined ? `refs/heads/${branch}` : `refs/tags/${event.tag}`
  const sha = await repository.resolve(ref)
  const before = event.before ?? (await repository.resolve(`${sha}~1`).catch(() => undefined))
  return {
    ...common,
    event: 'push',
    actor: event.actor ?? common.actor,
    trust: event.actor === dependabot ? 'dependabot' : 'full',
    payload: { ref, before: before ?? '0'.repeat(40), after: sha, repository: repositoryPayload(repository) },
    ref,
    sha,
    headBranch: event.tag ?? branch,
    headSha: sha,
    filtered: event.tag === undefined ? { branch } : { tag: event.tag },
    filesAt: sha,
    changed: () => (before === undefined ? repository.list(sha, '.') : repository.changed(before, sha)),
  }
}

async function pullRequest(
  event: Extract<SimulatedEvent, { event: 'pull_request' | 'pull_request_review' }>,
  repository: Repository,
): Promise<Occurrence> {
  const { pull, action } = event
  const { head, base, merge } = await repository.refsOf(pull)
  const baseRef = pull.base ?? repository.defaultBranch
  const actor = pull.author ?? (pull.from ?? repository).owner
  const label = event.event === 'pull_request' && event.label !== undefined ? { label: { name: event.label } } : {}
  const pullRequest = pullPayload(repository, pull, head, base)
  return {
    ...common,
    event: event.event,
    action,
    actor,
    payload: {
      action,
      number: pull.number,
      pull_request: pullRequest,
      repository: repositoryPayload(repository),
      ...label,
    },
    ref: `refs/pull/${pull.number}/merge`,
    sha: merge,
    headBranch: pull.head,
    headSha: head,
    headRef: pull.head,
    baseRef,
    filtered: { branch: baseRef },
    trust: pull.from !== undefined ? 'fork' : actor === dependabot ? 'dependabot' : 'full',
    filesAt: merge,
    changed: async () => repository.changed(await repository.mergeBase(base, head), head),
  }
}

async function mergeGroup(
  event: Extract<SimulatedEvent, { event: 'merge_group' }>,
  repository: Repository,
): Promise<Occurrence> {
  const { pull } = event
  const { base, merge } = await repository.refsOf(pull)
  const baseRef = pull.base ?? repository.defaultBranch
  const branch = `gh-readonly-queue/${baseRef}/pr-${pull.number}-${base}`
  await repository.point(branch, merge)
  const group = { head_sha: merge, head_ref: `refs/heads/${branch}`, base_sha: base, base_ref: `refs/heads/${baseRef}` }
  return {
    ...common,
    event: 'merge_group',
    action: 'checks_requested',
    payload: { action: 'checks_requested', merge_group: group, repository: repositoryPayload(repository) },
    ref: `refs/heads/${branch}`,
    sha: merge,
    headBranch: branch,
    headSha: merge,
    filtered: { branch: baseRef },
    filesAt: merge,
  }
}

async function dispatch(
  event: Extract<SimulatedEvent, { event: 'workflow_dispatch' }>,
  repository: Repository,
): Promise<Occurrence> {
  const branch = event.ref ?? repository.defaultBranch
  const ref = (await repository.has(`refs/heads/${branch}`)) ? `refs/heads/${branch}` : `refs/tags/${branch}`
  const sha = await repository.resolve(ref)
  const payload = { ref, workflow: `.github/workflows/${event.workflow}`, repository: repositoryPayload(repository) }
  return {
    ...common,
    event: 'workflow_dispatch',
    actor: event.actor ?? common.actor,
    payload,
    ref,
    sha,
    headBranch: branch,
    headSha: sha,
    filtered: {},
    filesAt: sha,
    only: `.github/workflows/${event.workflow}`,
    given: { ...event.inputs },
  }
}

async function onDefaultBranch(repository: Repository) {
  const sha = await repository.resolve(repository.defaultBranch)
  return {
    ref: `refs/heads/${repository.defaultBranch}`,
    sha,
    headBranch: repository.defaultBranch,
    headSha: sha,
    filesAt: sha,
  }
}

async function schedule(
  event: Extract<SimulatedEvent, { event: 'schedule' }>,
  repository: Repository,
): Promise<Occurrence> {
  const payload: JsonObject = { schedule: event.cron ?? null, repository: repositoryPayload(repository) }
  return { ...common, event: 'schedule', payload, filtered: {}, ...(await onDefaultBranch(repository)) }
}

/** The `workflow_run` event of a run: always with the default branch's files and with the repository's secrets. */
export async function aboutRun(
  run: RunResult,
  action: string,
  about: Occurrence,
  repository: Repository,
): Promise<Occurrence> {
  const payload = {
    action,
    workflow_run: runPayload(run, action, about, repository),
    workflow: { name: run.workflow, path: run.path },
    repository: repositoryPayload(repository),
  }
  return {
    ...common,
    ...(await onDefaultBranch(repository)),
    event: 'workflow_run',
    action,
    payload,
    filtered: { branch: run.headBranch },
    cause: run,
    depth: about.depth + 1,
  }
}
