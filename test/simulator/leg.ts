// Runs one row of a job's matrix: its concurrency group, its environment, then its steps or the workflow that it calls.
import { calledFrame, outputsOfCall } from './called-workflow.ts'
import { type Admission, entryOf } from './concurrency.ts'
import { admitted } from './deployment.ts'
import { jsonOf, type Scope, textOf } from './expressions.ts'
import { runJob } from './job.ts'
import type { Json } from './json.ts'
import { type JobResult, type Result, togetherOf } from './results.ts'
import { child, type Token } from './tokens.ts'
import { baseContexts, grantedPermissions, type Needed, type WorkflowFrame } from './workflow-frame.ts'

/** Runs every job of a workflow, also of a called one. */
type RunJobs = (frame: WorkflowFrame) => Promise<Map<string, Needed>>

/** One job of the graph. */
export interface Node {
  readonly key: string
  readonly token: Token
  readonly needs: readonly string[]
}

/** One row of a node's matrix. */
export interface Leg {
  readonly node: Node
  readonly scope: Scope
  readonly matrix: Json
  readonly id: string
  readonly name: string
  readonly signal: AbortSignal
}

interface Ended {
  /** Result after `continue-on-error`. */
  readonly result: Result
  readonly outputs: Readonly<Record<string, string>>
}

/** Adds a job to the run's list. */
export function record(
  frame: WorkflowFrame,
  leg: Pick<Leg, 'node' | 'matrix' | 'id' | 'name'>,
  result: Result,
  scope?: Scope,
): JobResult {
  const environment = scope === undefined ? undefined : environmentOf(leg.node.token, scope)
  const job: JobResult = {
    id: `${frame.prefix.id}${leg.id}`,
    name: `${frame.prefix.name}${leg.name}`,
    matrix: leg.matrix,
    result,
    outputs: {},
    steps: [],
    annotations: [],
    permissions: grantedPermissions(frame, leg.node.token),
    environment,
    environmentUrl: '',
    runsOn: scope === undefined ? null : jsonOf(child(leg.node.token, 'runs-on'), scope),
    workspace: undefined,
    started: undefined,
    ended: undefined,
  }
  frame.run.jobs.push(job)
  return job
}

function environmentOf(token: Token, scope: Scope): string | undefined {
  const environment = child(token, 'environment')
  if (environment === undefined) return undefined
  const name = textOf(child(environment, 'name') ?? environment, scope)
  return name === '' ? undefined : name
}

/** Enters the leg's concurrency group, if it names one. */
function enterGroup(
  frame: WorkflowFrame,
  token: Token | undefined,
  scope: Scope,
  signal: AbortSignal,
  stop: () => void,
): Promise<Admission> {
  if (token === undefined) return Promise.resolve({ admitted: true, leave: () => undefined })
  return frame.run.world.concurrency.enter(entryOf(jsonOf(token, scope)), {
    runId: frame.run.id,
    level: 'job',
    cancel: stop,
    signal,
  })
}

export async function runLeg(frame: WorkflowFrame, leg: Leg, runJobs: RunJobs): Promise<Ended> {
  const { token } = leg.node
  const own = new AbortController()
  const signal = AbortSignal.any([leg.signal, own.signal])
  const admission = await enterGroup(frame, child(token, 'concurrency'), leg.scope, signal, () => own.abort())
  if (!admission.admitted || signal.aborted) {
    const job = record(frame, leg, 'cancelled', leg.scope)
    if (!admission.admitted) job.annotations.push({ level: 'error', message: admission.reason, properties: {} })
    else admission.leave()
    return { result: 'cancelled', outputs: {} }
  }
  try {
    return child(token, 'uses') === undefined
      ? await runOwn(frame, leg, signal)
      : await runCall(frame, leg, signal, runJobs)
  } finally {
    admission.leave()
  }
}

async function runOwn(frame: WorkflowFrame, leg: Leg, signal: AbortSignal): Promise<Ended> {
  const { run } = frame
  rejectMachine(jsonOf(child(leg.node.token, 'runs-on'), leg.scope), leg.node.key)
  const job = record(frame, leg, 'success', leg.scope)
  const environment = await admitted(run, job, frame.workflow.repository.owner)
  if (!environment.approved) {
    job.result = 'failure'
    return { result: 'failure', outputs: {} }
  }
  const result = await runJob(leg.node.token, {
    run,
    workflow: frame.workflow,
    key: leg.node.key,
    result: job,
    contexts: { ...leg.scope.contexts, vars: { ...run.world.options.vars, ...environment.vars } },
    secrets: run.trust === 'full' ? { ...frame.secrets, ...environment.secrets } : frame.secrets,
    permissions: job.permissions,
    signal,
  })
  return { result, outputs: job.outputs }
}

function rejectMachine(runsOn: Json, key: string): void {
  const labels = Array.isArray(runsOn) ? runsOn.map(String) : [String(runsOn)]
  const other = labels.find((label) => /^(windows|macos)/i.test(label))
  if (other !== undefined)
    throw new Error(`job '${key}': runs-on: ${other}: not supported by the simulator, which runs on Linux`)
}

async function runCall(frame: WorkflowFrame, leg: Leg, signal: AbortSignal, runJobs: RunJobs): Promise<Ended> {
  const prefix = { id: `${frame.prefix.id}${leg.id}/`, name: `${frame.prefix.name}${leg.name} / ` }
  const outer = { ...frame, run: { ...frame.run, signal } }
  const called = await calledFrame(leg.node.token, outer, leg.scope, prefix)
  const scope = { ...leg.scope, contexts: { ...baseContexts(called) } }
  const inner = new AbortController()
  const both = AbortSignal.any([signal, inner.signal])
  const admission = await enterGroup(called, child(called.workflow.root, 'concurrency'), scope, signal, () =>
    inner.abort(),
  )
  if (!admission.admitted) {
    record(frame, leg, 'cancelled').annotations.push({ level: 'error', message: admission.reason, properties: {} })
    return { result: 'cancelled', outputs: {} }
  }
  try {
    const jobs = await runJobs({ ...called, run: { ...called.run, signal: both } })
    return {
      result: togetherOf([...jobs.values()].map(({ result }) => result)),
      outputs: outputsOfCall(called, jobs, scope),
    }
  } finally {
    admission.leave()
  }
}
