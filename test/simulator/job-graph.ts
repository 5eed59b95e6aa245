// The job graph of a workflow: dependencies, conditions and matrices.
import { conditionHolds, jsonOf, type Scope, textOf } from './expressions.ts'
import { Gate } from './gate.ts'
import type { Json } from './json.ts'
import { type Leg, type Node, record, runLeg } from './leg.ts'
import { expandMatrix, matrixLabel } from './matrix.ts'
import { togetherOf } from './results.ts'
import { allSettled } from './settled.ts'
import { child, entries, isExpression, items } from './tokens.ts'
import { baseContexts, type Needed, strategyOf, type WorkflowFrame } from './workflow-frame.ts'

function nodesOf(frame: WorkflowFrame): Map<string, Node> {
  const jobs = entries(child(frame.workflow.root, 'jobs'))
  return new Map(
    jobs.map(([key, token]) => {
      const needs = child(token, 'needs')
      const list = items(needs)
      const names =
        list.length > 0 ? list.map((item) => item.toString()) : needs === undefined ? [] : [needs.toString()]
      return [key, { key, token, needs: names }]
    }),
  )
}

/** All jobs that a job needs, directly or indirectly: success() and failure() check all of them. */
function ancestors(node: Node, nodes: ReadonlyMap<string, Node>): Set<string> {
  const all = new Set(node.needs)
  for (const need of node.needs) {
    const next = nodes.get(need)
    if (next !== undefined) for (const name of ancestors(next, nodes)) all.add(name)
  }
  return all
}

/** Runs every job; resolves to their results and outputs when all have ended. */
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
  const before = new Map(
    await allSettled([...ancestors(node, nodes)].map(async (key) => [key, await outcomeOf(key)] as const)),
  )
  const needs: Json = Object.fromEntries(
    node.needs.map((key) => [key, { ...(before.get(key) ?? { result: '', outputs: {} }) }]),
  )
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
  // A running job is cancelled with its run unless its `if` is still true, as with always().
  frame.run.signal.addEventListener('abort', () => {
    if (!conditionHolds(child(node.token, 'if'), scope())) stop.abort()
  })
  const gate = new Gate(strategy.maxParallel)
  const legs = rows.map((matrix, index): Leg => {
    const numbers = {
      'job-index': index,
      'job-total': rows.length,
      'fail-fast': strategy.failFast,
      'max-parallel': Math.min(strategy.maxParallel, rows.length),
    }
    const legScope = { ...scope(), contexts: { ...scope().contexts, matrix, strategy: numbers } }
    return { node, scope: legScope, matrix, ...nameOf(node, matrix, legScope), signal: stop.signal }
  })
  const outputs: Record<string, string> = {}
  const ended = await allSettled(
    legs.map((leg) =>
      gate.through(async () => {
        const end = await runLeg(frame, leg, runJobs)
        // A row without an output does not erase that of another row: empty outputs are dropped.
        Object.assign(outputs, end.outputs)
        if (end.result === 'failure' && strategy.failFast) stop.abort()
        return end.result
      }),
    ),
  )
  return { result: togetherOf(ended), outputs }
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
