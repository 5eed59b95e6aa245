// Results of simulated runs: jobs, steps, their logs, annotations and outputs.
import type { Json } from './json.ts'
import type { Permissions } from './permissions.ts'

/** https://docs.github.com/actions/reference/workflows-and-actions/contexts#needs-context */
export type Result = 'success' | 'failure' | 'cancelled' | 'skipped'

/** The combined result of several jobs: the worst; skipped only if all are. */
export function togetherOf(results: readonly string[]): Result {
  if (results.includes('failure')) return 'failure'
  if (results.includes('cancelled')) return 'cancelled'
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success'
}

export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  /** Masked. */
  readonly message: string
  readonly properties: Readonly<Record<string, string>>
}

export interface StepResult {
  name: string
  readonly id: string | undefined
  readonly phase: 'pre' | 'main' | 'post'
  /** Result before `continue-on-error`. */
  outcome: Result
  /** Result after `continue-on-error`. */
  conclusion: Result
  outputs: Record<string, string>
  /** Masked lines, in the order in which they were printed. */
  readonly log: string[]
  readonly annotations: Annotation[]
  exitCode: number | undefined
  /** Markdown of $GITHUB_STEP_SUMMARY, masked; empty if GitHub would have dropped it. */
  summary: string
  milliseconds: number
  /** The steps of a composite action. */
  readonly steps: StepResult[]
}

export interface JobResult {
  /** The key in the workflow file; of a called workflow `<caller>/<callee>`. */
  readonly id: string
  /** The name of the check: `name`, with the matrix's values; of a called workflow `<caller> / <callee>`. */
  readonly name: string
  readonly matrix: Json
  /** The conclusion of the check, before the job's `continue-on-error`. */
  result: Result
  /** Without outputs that GitHub drops because they contain a masked string. */
  outputs: Record<string, string>
  readonly steps: StepResult[]
  /** Annotations of the job itself: timeouts, dropped outputs, rejected deployments. */
  readonly annotations: Annotation[]
  /** Permissions of GITHUB_TOKEN. */
  readonly permissions: Permissions
  readonly environment: string | undefined
  environmentUrl: string
  readonly runsOn: Json
  /** GITHUB_WORKSPACE, which exists until the simulator is closed; undefined if the job never started. */
  workspace: string | undefined
  /** Milliseconds since the epoch; undefined if the job never started. */
  started: number | undefined
  ended: number | undefined
}

export interface RunResult {
  readonly id: number
  readonly number: number
  /** The workflow's name. */
  readonly workflow: string
  /** `run-name`, or the workflow's name. */
  readonly title: string
  /** The workflow's file, for example `.github/workflows/backup.yml`. */
  readonly path: string
  readonly event: string
  readonly ref: string
  readonly sha: string
  readonly headBranch: string
  readonly headSha: string
  readonly payload: Json
  readonly inputs: Json
  status: 'requested' | 'pending' | 'in_progress' | 'completed'
  conclusion: Result | undefined
  readonly jobs: JobResult[]
  /** Annotations of the run itself, such as why it was cancelled while pending. */
  readonly annotations: Annotation[]
}
