// Runs one step, from its `if` to its conclusion.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idsteps and, for
// cancellation, github.com/actions/runner, src/Runner.Worker/StepsRunner.cs: the `if` is evaluated again when the job
// is cancelled.
import { runAction } from './action-step.ts'
import { conditionHolds, isTrue, jsonOf, numberOf, type Scope, textOf, textsOf } from './expressions.ts'
import type { StepResult } from './results.ts'
import { runScript } from './run-step.ts'
import {
  emptyStep,
  type PerformStep,
  readerOf,
  report,
  type StepCall,
  type StepFrame,
  type StepOptions,
  scopeOf,
} from './step-frame.ts'
import { child, literal, type Token } from './tokens.ts'

/** The name of a step without `name:`. */
export function defaultName(token: Token): string {
  const uses = literal(child(token, 'uses'))
  if (uses !== undefined) return `Run ${uses}`
  const [firstLine = ''] = String(child(token, 'run') ?? '')
    .trimStart()
    .split('\n')
  return `Run ${firstLine}`
}

class Stop {
  readonly #process = new AbortController()
  readonly #limit = new AbortController()
  readonly #undo: (() => void)[] = []
  cause: 'timeout' | 'cancelled' | undefined

  constructor(frame: StepFrame, options: StepOptions, holds: () => boolean) {
    const { cancelled, forced } = frame.job
    if (!cancelled.aborted) this.#on(cancelled, () => !holds() && this.#end('cancelled'))
    this.#on(forced, () => this.#end('cancelled'))
    if (options.limit !== undefined) this.#on(options.limit, () => this.#end('cancelled'))
  }

  get signal(): AbortSignal {
    return this.#process.signal
  }

  get limit(): AbortSignal {
    return this.#limit.signal
  }

  after(milliseconds: number): void {
    const timer = setTimeout(() => {
      this.#limit.abort()
      this.#end('timeout')
    }, milliseconds)
    this.#undo.push(() => clearTimeout(timer))
  }

  dispose(): void {
    for (const undo of this.#undo) undo()
  }

  #on(signal: AbortSignal, work: () => void): void {
    if (signal.aborted) work()
    signal.addEventListener('abort', work)
    this.#undo.push(() => signal.removeEventListener('abort', work))
  }

  #end(cause: 'timeout' | 'cancelled'): void {
    this.cause ??= cause
    this.#process.abort()
  }
}

function holdsNow(token: Token, frame: StepFrame, env: Readonly<Record<string, string>>): boolean {
  try {
    return conditionHolds(child(token, 'if'), scopeOf(frame, env))
  } catch {
    return false
  }
}

async function runBody(token: Token, call: StepCall, options: StepOptions): Promise<void> {
  if (child(token, 'run') !== undefined) await runScript(call, token, options.defaults)
  else await runAction(call, token, options.state)
}

/** Runs the step if its condition is true; resolves to its outcome. Rejects if an expression cannot be evaluated. */
async function attempt(
  token: Token,
  frame: StepFrame,
  options: StepOptions,
  result: StepResult,
  reader: StepCall['reader'],
) {
  const { job } = frame
  const hooks = { ...job.env, ...frame.env }
  const env = { ...hooks, ...textsOf(child(token, 'env'), scopeOf(frame, hooks)) }
  const scope = scopeOf(frame, env)
  const name = child(token, 'name')
  if (name !== undefined) result.name = textOf(name, scope)
  if (!conditionHolds(child(token, 'if'), scope)) return { outcome: 'skipped', scope } as const
  const stop = new Stop(frame, options, () => holdsNow(token, frame, env))
  const minutes = numberOf(child(token, 'timeout-minutes'), scope, 0)
  if (minutes > 0) stop.after(minutes * job.world.minute)
  let failure: unknown
  try {
    await runBody(token, { frame, result, reader, env, scope, signal: stop.signal, limit: stop.limit }, options)
  } catch (error) {
    failure = error
  } finally {
    stop.dispose()
  }
  // A step that was stopped has not succeeded, whatever its exit code is.
  if (stop.cause === 'cancelled') {
    reader.annotate('error', 'The operation was canceled.')
    return { outcome: 'cancelled', scope } as const
  }
  if (stop.cause === 'timeout')
    reader.annotate('error', `The action '${result.name}' has timed out after ${minutes} minutes.`)
  else if (failure !== undefined) report(reader, failure)
  return { outcome: stop.cause === undefined && failure === undefined ? 'success' : 'failure', scope } as const
}

function forgiven(token: Token, scope: Scope): boolean {
  const wanted = child(token, 'continue-on-error')
  return wanted !== undefined && isTrue(jsonOf(wanted, scope))
}

/** Runs one step. Never rejects: errors become the step's failure. */
export const performStep: PerformStep = async (token, frame, options) => {
  const id = literal(child(token, 'id'))
  const result = emptyStep(defaultName(token), id, 'main')
  const reader = readerOf(frame, result)
  const started = performance.now()
  try {
    const { outcome, scope } = await attempt(token, frame, options, result, reader)
    result.outcome = outcome
    result.conclusion = outcome === 'failure' && forgiven(token, scope) ? 'success' : outcome
  } catch (error) {
    reader.annotate('error', (error as Error).message)
    result.outcome = result.conclusion = 'failure'
  }
  if (result.conclusion === 'failure') frame.fail()
  if (id !== undefined)
    frame.steps[id] = { outputs: result.outputs, outcome: result.outcome, conclusion: result.conclusion }
  result.milliseconds = performance.now() - started
  return result
}
