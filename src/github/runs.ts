// Reads workflow runs: which workflow, event and commit produced an artifact.
import type { Asking, GitHub } from './client.ts'

interface WorkflowRun {
  readonly id: number
  /** `schedule`, `pull_request` … */
  readonly event: string
  /** GitHub's ID of the workflow. */
  readonly workflow: number
  /** File of the workflow: `.github/workflows/backup.yml`, prefixed with the repository if that is another one. */
  readonly path: string
  readonly branch: string | undefined
  readonly sha: string
  /** ID of the repository whose code ran; for a fork's pull request, the fork's. */
  readonly headRepository: number | undefined
  readonly url: string
}

/** Reads a run; undefined if it is gone. Needs `actions: read`. */
export async function getRun(github: GitHub, id: number): Promise<WorkflowRun | undefined> {
  const answer = await github.find(`look up run ${id}`, 'actions: read', (asking) => askForRun(asking, id))
  return answer && fromItem(github, answer.data)
}

/** Lists the newest 100 runs of a workflow, on one branch or on all. Needs `actions: read`. */
async function newestRuns(github: GitHub, workflow: number, branch?: string): Promise<WorkflowRun[]> {
  const answer = await github.find(
    `list the runs of workflow ${workflow}`,
    'actions: read',
    ({ request, at, signal }) =>
      request('GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs', {
        ...at,
        workflow_id: workflow,
        ...(branch !== undefined && { branch }),
        per_page: 100,
        request: { signal },
      }),
  )
  return (answer?.data.workflow_runs ?? []).map((item) => fromItem(github, item))
}

/**
 * Returns a function that reads runs one after another, with few requests: from the second run of a workflow and branch
 * on, it reads the newest 100 at once.
 */
export function runFinder(github: GitHub): (id: number) => Promise<WorkflowRun | undefined> {
  const known = new Map<number, WorkflowRun | undefined>()
  const asked = new Set<string>()
  let last: Promise<unknown> = Promise.resolve()

  async function find(id: number): Promise<WorkflowRun | undefined> {
    if (known.has(id)) return known.get(id)
    const run = await getRun(github, id)
    known.set(id, run)
    if (!run) return undefined
    const sort = `${run.workflow} ${run.branch}`
    if (asked.has(sort))
      for (const other of await newestRuns(github, run.workflow, run.branch)) known.set(other.id, other)
    asked.add(sort)
    return run
  }

  return (id) => {
    const found = last.then(() => find(id))
    last = found.catch(() => undefined)
    return found
  }
}

function askForRun({ request, at, signal }: Asking, run_id: number) {
  return request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', { ...at, run_id, request: { signal } })
}

type Item = Awaited<ReturnType<typeof askForRun>>['data']

function fromItem({ repository }: GitHub, item: Item): WorkflowRun {
  const { id, event, workflow_id, path, head_branch, head_sha, head_repository, html_url } = item
  return {
    id: Number(id),
    event,
    workflow: workflow_id,
    // GitHub may return owner/name/.github/workflows/backup.yml@main.
    path: path.replace(/@.*$/, '').replace(new RegExp(`^${repository.replaceAll('.', '\\.')}/(?=\\.github/)`, 'i'), ''),
    branch: head_branch ?? undefined,
    sha: head_sha,
    headRepository: head_repository === null ? undefined : Number(head_repository.id),
    url: html_url,
  }
}
