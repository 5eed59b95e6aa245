// Runs a workflow, from its concurrency group to its conclusion.
import { entryOf } from './concurrency.ts'
import type { Occurrence } from './events.ts'
import { jsonOf, textOf } from './expressions.ts'
import { githubContext } from './github-context.ts'
import { typedInputs } from './inputs.ts'
import { runJobs } from './job-graph.ts'
import { type RunResult, togetherOf } from './results.ts'
import { child } from './tokens.ts'
import type { WorkflowFile } from './workflow-file.ts'
import { baseContexts, type WorkflowFrame } from './workflow-frame.ts'
import type { RunFrame, World } from './world.ts'

export interface LiveRun {
  /** Filled during the run. */
  readonly result: RunResult
  /** Rejects if the workflow uses something that GitHub refuses or the simulator does not support. */
  readonly done: Promise<RunResult>
  /** Cancels the run, like the button "Cancel workflow". */
  cancel(): void
}

function secretsOf({ options }: World, trust: Occurrence['trust']): Readonly<Record<string, string>> {
  if (trust === 'full') return options.secrets ?? {}
  return trust === 'dependabot' ? (options.dependabotSecrets ?? {}) : {}
}

const atStart = { success: true, failure: false, cancelled: false }

/** Starts a run. Throws on inputs that GitHub would reject. */
export function startRun(
  world: World,
  file: WorkflowFile,
  occurrence: Occurrence,
  ids: { id: number; number: number },
): LiveRun {
  const inputs =
    occurrence.event === 'workflow_dispatch'
      ? typedInputs(file.on.workflow_dispatch?.inputs, occurrence.given, 'dispatch')
      : null
  const controller = new AbortController()
  const github = githubContext(file, occurrence, world.options, { ...ids, inputs })
  const runName = child(file.root, 'run-name')
  const scope = { contexts: { github, inputs, vars: { ...world.options.vars } }, status: atStart, workspace: '' }
  const result: RunResult = {
    ...ids,
    workflow: file.name,
    title: runName === undefined ? file.name : textOf(runName, scope),
    path: file.path,
    event: occurrence.event,
    ref: occurrence.ref,
    sha: occurrence.sha,
    headBranch: occurrence.headBranch,
    headSha: occurrence.headSha,
    payload: github.event ?? null,
    inputs,
    status: 'requested',
    conclusion: undefined,
    jobs: [],
    annotations: [],
  }
  const { trust, headBranch } = occurrence
  const { repository } = world.options
  const run: RunFrame = {
    world,
    id: ids.id,
    repository,
    trust,
    headBranch,
    signal: controller.signal,
    github,
    jobs: result.jobs,
  }
  const secrets = secretsOf(world, trust)
  const frame: WorkflowFrame = {
    run,
    workflow: file,
    inputs,
    secrets,
    ceiling: undefined,
    prefix: { id: '', name: '' },
    depth: 0,
  }
  return { result, done: execute(frame, result, controller), cancel: () => controller.abort() }
}

async function execute(frame: WorkflowFrame, result: RunResult, controller: AbortController): Promise<RunResult> {
  const scope = { contexts: baseContexts(frame), status: atStart, workspace: '' }
  const concurrency = child(frame.workflow.root, 'concurrency')
  let leave = () => {}
  if (concurrency !== undefined) {
    result.status = 'pending'
    const member = {
      runId: result.id,
      level: 'workflow' as const,
      cancel: () => controller.abort(),
      signal: controller.signal,
    }
    const admission = await frame.run.world.concurrency.enter(entryOf(jsonOf(concurrency, scope)), member)
    if (!admission.admitted) {
      result.annotations.push({ level: 'error', message: admission.reason, properties: {} })
      result.status = 'completed'
      result.conclusion = 'cancelled'
      return result
    }
    leave = () => admission.leave()
  }
  try {
    result.status = 'in_progress'
    const jobs = await runJobs(frame)
    const together = togetherOf([...jobs.values()].map((job) => job.result))
    result.conclusion = controller.signal.aborted ? 'cancelled' : together
    result.status = 'completed'
    return result
  } catch (error) {
    // An unsupported feature ends the whole run.
    controller.abort()
    throw error
  } finally {
    leave()
  }
}
