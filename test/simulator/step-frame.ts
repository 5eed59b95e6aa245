// The surroundings of a step: a job, or a composite action in a job.
import type { Scope, Status } from './expressions.ts'
import type { JobFrame } from './job-frame.ts'
import type { Json, JsonObject } from './json.ts'
import type { Repository } from './repository.ts'
import type { StepResult } from './results.ts'
import type { Token } from './tokens.ts'
import { CommandReader } from './workflow-commands.ts'

/** Where the files of an action or workflow come from; `$/` refers to this. */
export interface Origin {
  readonly repository: Repository
  readonly sha: string
}

export interface StepFrame {
  readonly job: JobFrame
  /** Variables of the enclosing step, in a composite action. */
  readonly env: Readonly<Record<string, string>>
  /** The context `steps`. */
  readonly steps: Record<string, Json>
  /** Contexts that differ from the job's: `inputs`, and `github` with action_path. */
  readonly contexts: JsonObject
  /** Folder of the enclosing action; undefined directly in a job. */
  readonly actionFolder: string | undefined
  readonly origin: Origin | undefined
  status(): Status
  /** Called after a step that failed without `continue-on-error`. */
  fail(): void
  /** Runs a step in a frame; composite actions run their steps with it. */
  readonly perform: PerformStep
}

export interface StepOptions {
  readonly defaults: RunDefaults
  /** Aborted at the timeout of the enclosing step, a composite action. */
  readonly limit?: AbortSignal
  /** State that `pre` of a node action saved. */
  readonly state?: Record<string, string>
}

export type PerformStep = (token: Token, frame: StepFrame, options: StepOptions) => Promise<StepResult>

/** `defaults.run` */
export interface RunDefaults {
  readonly shell: string | undefined
  readonly workingDirectory: string | undefined
}

/** One step while it runs. */
export interface StepCall {
  readonly frame: StepFrame
  readonly result: StepResult
  readonly reader: CommandReader
  readonly env: Readonly<Record<string, string>>
  readonly scope: Scope
  /** Aborted when the step's process must end. */
  readonly signal: AbortSignal
  /** Aborted at the step's timeout. */
  readonly limit: AbortSignal
}

export function scopeOf(frame: StepFrame, env: Readonly<Record<string, string>>): Scope {
  const contexts = { ...frame.job.contexts(), ...frame.contexts, env, steps: frame.steps }
  return { contexts, status: frame.status(), workspace: frame.job.folders.workspace }
}

/** A failure that the step has reported itself: the runner adds no message. */
export class ReportedFailure extends Error {}

/** A step's result before it has run. */
export function emptyStep(name: string, id: string | undefined, phase: StepResult['phase']): StepResult {
  return {
    name,
    id,
    phase,
    outcome: 'success',
    conclusion: 'success',
    outputs: {},
    log: [],
    annotations: [],
    exitCode: undefined,
    summary: '',
    milliseconds: 0,
    steps: [],
  }
}

/** Creates the reader of a step's lines. */
export function readerOf(frame: StepFrame, result: StepResult): CommandReader {
  const { job } = frame
  const heard = (line: string) => job.world.options.onLine?.(line, { job: job.init.result.id, step: result.name })
  return new CommandReader(job.masks, result, heard)
}

/** Reports why a step failed, unless the step did so itself. */
export function report(reader: CommandReader, error: unknown): void {
  if (!(error instanceof ReportedFailure)) reader.annotate('error', (error as Error).message)
}
