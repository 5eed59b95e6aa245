// The jobs of a workflow: what waits for what, matrices, concurrency, environments, calls.
import { calledFrame, outputsOfCall } from './called-workflow.ts'
import { type Admission, entryOf } from './concurrency.ts'
import { admitted, type Environments } from './deployment.ts'
import { conditionHolds, jsonOf, type Scope, textOf } from './expressions.ts'
import { runJob } from './job.ts'
import type { Json } from './json.ts'
import { expandMatrix, matrixLabel } from './matrix.ts'
import type { JobResult, Result } from './results.ts'
import { allSettled } from './settled.ts'
import { child, entries, isExpression, items, type Token } from './tokens.ts'
import { baseContexts, grantedPermissions, type Needed, strategyOf, type WorkflowFrame } from './workflow-frame.ts'

/** One job of the graph. */
interface Node {
  readonly key: string
  readonly token: Token
  readonly needs: readonly string[]
}

/** One row of a node's matrix. */
interface Leg {
  readonly node: Node
  readonly scope: Scope
  readonly matrix: Json
  readonly id: string
  readonly name: string
  readonly signal: AbortSignal
}

interface Ended {
  /** After `continue-on-error`. */
  readonly result: Result
  readonly outputs: Readonly<Record<string, string>>
}

function nodesOf(frame: WorkflowFrame): Map<string, Node> {
  const jobs = entries(child(frame.workflow.root, 'jobs'))
  return new Map(
    jobs.map(([key, token]) => {
      const needs = child(token, 'needs')
      const list = items(needs)
      const names = list.length > 0 ? list.map((item) => item.toString()) : needs === undefined ? [] : [needs.toString()]
      return [key, { key, token, needs: names }]
    }),
  )
}

/** Everything a job waits for, directly or not: success() and failure() ask all of them. */
function ancestors(node: Node, nodes: ReadonlyMap<string, Node>): Set<string> {
  const all = new Set(node.needs)
  for (const need of node.needs) {
    const next = nodes.get(need)
    if (next !== undefined) for (const name of ancestors(next, nodes)) all.add(name)
  }
  return all
}

/** Runs every job; resolves to what each gave, when all have ended. */
export async function runJobs(frame: WorkflowFrame): Promise<Map<string, Needed>> {
  const nodes = nodesOf(frame)
  const outcomes = new Map<string, Promise<Needed>>()
  const outcomeOf = (key: string): Promise<Needed> => {
    const node = nodes.get(key)
    if (node === undefined) throw new Error(`unknown job '${key}'`)
    const outcome = outcomes.get(key) ?? runNode(frame, node, nodes, outcomeOf)
    outcomes.set(key, outcome)
    return outcome
  }
  const settled = await allSettled([...nodes.keys()].map(async (key) => [key, await outcomeOf(key)] as const))
  return new Map(settled)
}

async function runNode(
  frame: WorkflowFrame,
  node: Node,
  nodes: ReadonlyMap<string, Node>,
  outcomeOf: (key: string) => Promise<Needed>,
): Promise<Needed> {
  const before = new Map(await allSettled([...ancestors(node, nodes)].map(async (key) => [key, await outcomeOf(key)] as const)))
  const needs: Json = Object.fromEntries(node.needs.map((key) => [key, { ...(before.get(key) ?? { result: '', outputs: {} }) }]))
  const results = [...before.values()].map(({ result }) => result)
  const scope = (): Scope => {
    const cancelled = frame.run.signal.aborted
    const success = !cancelled && results.every((result) => result === 'success')
    const status = { success, failure: results.includes('failure'), cancelled }
    return { contexts: { ...baseContexts(frame), needs }, status, workspace: '' }
  }
  if (!conditionHolds(child(node.token, 'if'), scope())) {
    const result = frame.run.signal.aborted ? 'cancelled' : 'skipped'
    record(frame, { node, matrix: null, id: node.key, name: plainName(node) }, result)
    return { result, outputs: {} }
  }
  const strategy = strategyOf(jsonOf(child(node.token, 'strategy'), scope()))
  const rows = expandMatrix(strategy.matrix)
  const stop = new AbortController()
  // A running job is cancelled with its run unless its `if` still holds then, as with always().
  frame.run.signal.addEventListener('abort', () => {
    if (!conditionHolds(child(node.token, 'if'), scope())) stop.abort()
  })
  const gate = new Gate(strategy.maxParallel)
  const legs = rows.map((matrix, index): Leg => {
    const numbers = { 'job-index': index, 'job-total': rows.length, 'fail-fast': strategy.failFast, 'max-parallel': rows.length }
    const legScope = { ...scope(), contexts: { ...scope().contexts, matrix, strategy: numbers } }
    return { node, scope: legScope, matrix, ...nameOf(node, matrix, legScope), signal: stop.signal }
  })
  const outputs: Record<string, string> = {}
  const ended = await allSettled(
    legs.map((leg) =>
      gate.through(async () => {
        const end = await runLeg(frame, leg)
        for (const [name, value] of Object.entries(end.outputs)) if (value !== '') outputs[name] = value
        if (end.result === 'failure' && strategy.failFast) stop.abort()
        return end.result
      }),
    ),
  )
  const worst = (['failure', 'cancelled'] as const).find((result) => ended.includes(result))
  return { result: worst ?? 'success', outputs }
}

function plainName(node: Node): string {
  const name = child(node.token, 'name')
  return name === undefined ? node.key : name.toString()
}

function nameOf(node: Node, matrix: Json, scope: Scope): { id: string; name: string } {
  const given = child(node.token, 'name')
  const label = matrixLabel(matrix)
  const name = given === undefined ? node.key : textOf(given, scope)
  return { id: node.key, name: given !== undefined && isExpression(given) ? name : `${name}${label}` }
}

function record(
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

async function runLeg(frame: WorkflowFrame, leg: Leg): Promise<Ended> {
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
    return child(token, 'uses') === undefined ? await runOwn(frame, leg, signal) : await runCall(frame, leg, signal)
  } finally {
    admission.leave()
  }
}

async function runOwn(frame: WorkflowFrame, leg: Leg, signal: AbortSignal): Promise<Ended> {
  const { run } = frame
  rejectMachine(jsonOf(child(leg.node.token, 'runs-on'), leg.scope), leg.node.key)
  const job = record(frame, leg, 'success', leg.scope)
  const environment: Environments = await admitted(run, job, frame.workflow.repository.owner)
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
  if (other !== undefined) throw new Error(`job '${key}': runs-on: ${other}: not supported by the simulator, which runs on Linux`)
}

async function runCall(frame: WorkflowFrame, leg: Leg, signal: AbortSignal): Promise<Ended> {
  const prefix = { id: `${frame.prefix.id}${leg.id}/`, name: `${frame.prefix.name}${leg.name} / ` }
  const outer = { ...frame, run: { ...frame.run, signal } }
  const called = await calledFrame(leg.node.token, outer, leg.scope, prefix)
  const scope = { ...leg.scope, contexts: { ...baseContexts(called) } }
  const inner = new AbortController()
  const both = AbortSignal.any([signal, inner.signal])
  const admission = await enterGroup(called, child(called.workflow.root, 'concurrency'), scope, signal, () => inner.abort())
  if (!admission.admitted) {
    record(frame, leg, 'cancelled').annotations.push({ level: 'error', message: admission.reason, properties: {} })
    return { result: 'cancelled', outputs: {} }
  }
  try {
    const jobs = await runJobs({ ...called, run: { ...called.run, signal: both } })
    const results = [...jobs.values()].map(({ result }) => result)
    const worst = (['failure', 'cancelled'] as const).find((result) => results.includes(result))
    const quiet = results.every((result) => result === 'skipped') ? 'skipped' : 'success'
    return { result: worst ?? quiet, outputs: outputsOfCall(called, jobs, scope) }
  } finally {
    admission.leave()
  }
}

/** Lets at most so many pass at a time. */
class Gate {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(width: number) {
    this.#free = width
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((go) => this.#waiting.push(go))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
