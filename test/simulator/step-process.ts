// Runs a step's process as the runner does: its variables, the files it writes, the commands it prints.

import { fileCommands, summaryLimit, type Written } from './file-commands.ts'
import { isObject, type JsonObject } from './json.ts'
import { runProcess } from './process.ts'
import { stepEnvironment } from './step-environment.ts'
import type { StepCall } from './step-frame.ts'

interface StepProcess {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  /** In addition to the step's own: inputs, state, tokens. */
  readonly env: Readonly<Record<string, string>>
  /** github.action and the like. */
  readonly github: JsonObject
}

/** Resolves to the exit code and what it wrote. Rejects if the runner could not read a file or refuses a command. */
export async function runStepProcess(
  call: StepCall,
  process: StepProcess,
): Promise<{ exitCode: number; written: Written }> {
  const { job } = call.frame
  const files = await fileCommands(job.folders.temp)
  const github = isObject(call.scope.contexts.github) ? call.scope.contexts.github : {}
  const exitCode = await runProcess({
    command: process.command,
    args: process.args,
    cwd: process.cwd,
    env: { ...stepEnvironment(job, call.env, { ...github, ...process.github }), ...process.env, ...files.env },
    signal: call.signal,
    grace: job.world.grace,
    line: (text) => call.reader.line(text),
  })
  const written = await files.read()
  apply(call, written)
  const [refusal] = call.reader.refusals
  if (refusal !== undefined) throw new Error(refusal)
  return { exitCode, written }
}

function apply({ frame: { job }, result, reader }: StepCall, written: Written): void {
  Object.assign(result.outputs, written.outputs)
  Object.assign(job.env, written.env)
  job.path.unshift(...written.path.reverse())
  const bytes = Buffer.byteLength(written.summary)
  if (bytes <= summaryLimit) result.summary += job.masks.masked(written.summary)
  else {
    const size = Math.ceil(bytes / 1024)
    reader.annotate(
      'error',
      `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${size}k.`,
    )
  }
}
