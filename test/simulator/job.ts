// Runs one job, from its folders to its outputs.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobs
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findAction, isDownloaded } from './action-source.ts'
import { type ActionState, runPre } from './action-step.ts'
import { isTrue, jsonOf, numberOf, textOf, textsOf } from './expressions.ts'
import { JobFrame, type JobInit } from './job-frame.ts'
import { isObject, type Json } from './json.ts'
import { endOrphans } from './process.ts'
import type { Result } from './results.ts'
import { startServices } from './services.ts'
import { defaultName, performStep } from './step.ts'
import { emptyStep, type RunDefaults, readerOf, report, type StepFrame, scopeOf } from './step-frame.ts'
import { child, items, literal, type Token } from './tokens.ts'

function stepFrame(job: JobFrame): StepFrame {
  return {
    job,
    env: {},
    steps: {},
    contexts: {},
    actionFolder: undefined,
    origin: job.init.workflow,
    status: () => job.stepStatus(),
    fail: () => {
      if (job.status === 'success') job.status = 'failure'
    },
    perform: performStep,
  }
}

function defaultsOf(token: Token, frame: StepFrame): RunDefaults {
  const read = (defaults: Token | undefined): { [key: string]: Json } => {
    const run = jsonOf(child(defaults, 'run'), scopeOf(frame, frame.job.env))
    return isObject(run) ? run : {}
  }
  const merged = { ...read(child(frame.job.init.workflow.root, 'defaults')), ...read(child(token, 'defaults')) }
  const text = (value: Json | undefined) => (value === undefined || value === null ? undefined : String(value))
  return { shell: text(merged.shell), workingDirectory: text(merged['working-directory']) }
}

/** Runs the pre steps of downloaded actions, before the first step. */
async function runPres(steps: readonly Token[], frame: StepFrame): Promise<Map<Token, ActionState>> {
  const { job } = frame
  const states = new Map<Token, ActionState>()
  for (const token of steps) {
    const uses = literal(child(token, 'uses'))
    if (uses === undefined || !isDownloaded(uses)) continue
    const action = await findAction(uses, frame)
    if (action.kind === 'fake') continue
    const result = emptyStep(`Pre ${defaultName(token)}`, undefined, 'pre')
    const reader = readerOf(frame, result)
    const state: ActionState = {}
    states.set(token, state)
    try {
      const scope = scopeOf(frame, job.env)
      const call = { frame, result, reader, env: job.env, scope, signal: job.cancelled, limit: job.forced }
      if (!(await runPre(call, token, action, state))) continue
    } catch (error) {
      report(reader, error)
      result.outcome = result.conclusion = 'failure'
      frame.fail()
    }
    job.init.result.steps.push(result)
  }
  return states
}

async function runPosts(frame: StepFrame): Promise<void> {
  const { job } = frame
  while (job.posts.length > 0) {
    const post = job.posts.pop()
    if (post === undefined) return
    const result = emptyStep(post.name, undefined, 'post')
    const reader = readerOf(frame, result)
    try {
      const ended = await post.run({ result, reader, signal: job.forced, limit: job.forced })
      if (ended === 'skipped') result.outcome = result.conclusion = 'skipped'
    } catch (error) {
      report(reader, error)
      result.outcome = result.conclusion = 'failure'
      frame.fail()
    }
    job.init.result.steps.push(result)
  }
}

/** Outputs that contain a masked text are dropped: github.com/actions/runner, src/Runner.Worker/JobExtension.cs. */
function outputsOf(token: Token, frame: StepFrame): Record<string, string> {
  const { job } = frame
  const values = textsOf(child(token, 'outputs'), scopeOf(frame, job.env))
  const kept = Object.entries(values).filter(([name, value]) => {
    if (!job.masks.hides(value)) return value !== ''
    const message = `Skip output '${name}' since it may contain secret.`
    job.init.result.annotations.push({ level: 'warning', message, properties: {} })
    return false
  })
  return Object.fromEntries(kept)
}

function jobSignals(token: Token, init: JobInit, minute: number) {
  const scope = { contexts: init.contexts, status: { success: true, failure: false, cancelled: false }, workspace: '' }
  const minutes = numberOf(child(token, 'timeout-minutes'), scope, 360)
  const timeout = new AbortController()
  const forced = new AbortController()
  const cancelled = AbortSignal.any([init.signal, timeout.signal])
  const timers = [
    setTimeout(() => {
      const message = `The job has exceeded the maximum execution time of ${minutes} minutes.`
      init.result.annotations.push({ level: 'error', message, properties: {} })
      timeout.abort()
    }, minutes * minute),
  ]
  const grace = numberOf(child(token, 'cancel-timeout-minutes'), scope, 5)
  cancelled.addEventListener('abort', () => timers.push(setTimeout(() => forced.abort(), grace * minute)))
  return { cancelled, forced: forced.signal, clear: () => timers.forEach(clearTimeout) }
}

async function prepare(job: JobFrame, token: Token): Promise<void> {
  await job.makeFolders()
  const event = join(job.folders.temp, '_github_workflow', 'event.json')
  await mkdir(dirname(event), { recursive: true })
  await writeFile(event, JSON.stringify((job.github() as { event?: Json }).event ?? {}))
  const frame = stepFrame(job)
  Object.assign(job.env, textsOf(child(job.init.workflow.root, 'env'), scopeOf(frame, {})))
  Object.assign(job.env, textsOf(child(token, 'env'), scopeOf(frame, job.env)))
}

async function runSteps(job: JobFrame, token: Token, frame: StepFrame): Promise<void> {
  const steps = items(child(token, 'steps'))
  const defaults = defaultsOf(token, frame)
  const states = await runPres(steps, frame)
  for (const step of steps) {
    const state = states.get(step)
    job.init.result.steps.push(await performStep(step, frame, { defaults, ...(state === undefined ? {} : { state }) }))
  }
  await runPosts(frame)
}

/**
 * Runs a job and fills `init.result`. Resolves to the result that `needs` sees, after the job's `continue-on-error`.
 */
export async function runJob(token: Token, init: JobInit): Promise<Result> {
  const { result, run } = init
  const { world } = run
  const signals = jobSignals(token, init, world.minute)
  const folder = join(
    world.folder,
    `run-${run.id}`,
    `${result.id.replaceAll(/[^A-Za-z0-9_-]/g, '_')}-${randomUUID().slice(0, 8)}`,
  )
  const job = new JobFrame(init, folder, signals)
  const cancel = () => {
    job.status = 'cancelled'
  }
  if (signals.cancelled.aborted) cancel()
  else signals.cancelled.addEventListener('abort', cancel)
  result.started = Date.now()
  result.workspace = job.folders.workspace
  const frame = stepFrame(job)
  let stopServices = async () => {}
  try {
    await prepare(job, token)
    stopServices = (await startServices(job, token, scopeOf(frame, job.env))).stop
    await runSteps(job, token, frame)
    result.outputs = outputsOf(token, frame)
    result.environmentUrl = textOf(child(child(token, 'environment'), 'url'), scopeOf(frame, job.env))
  } finally {
    signals.clear()
    await endOrphans(job.trackingId)
    await stopServices()
    world.options.api?.revoke(job.token)
    result.ended = Date.now()
  }
  result.result = job.status
  const forgiven = child(token, 'continue-on-error')
  return result.result === 'failure' && forgiven !== undefined && isTrue(jsonOf(forgiven, scopeOf(frame, job.env)))
    ? 'success'
    : result.result
}
