// Composite actions: their steps have their own `steps` and `inputs`, and their own status.
// https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#runs-for-composite-actions
import { inputsOf } from './action-inputs.ts'
import type { Action } from './action-source.ts'
import { textOf, textsOf } from './expressions.ts'
import type { JsonObject } from './json.ts'
import { ReportedFailure, type StepCall, type StepFrame, scopeOf } from './step-frame.ts'
import { child, entries, items, literal, type Token } from './tokens.ts'

export async function runComposite(
  call: StepCall,
  token: Token,
  action: Extract<Action, { kind: 'folder' }>,
  github: JsonObject,
): Promise<void> {
  const { job } = call.frame
  const uses = literal(child(token, 'uses')) ?? ''
  const { values, warnings } = inputsOf(action.definition, textsOf(child(token, 'with'), call.scope), call.scope, uses)
  for (const warning of warnings) call.reader.annotate('warning', warning)
  let failed = false
  const frame: StepFrame = {
    job,
    env: call.env,
    steps: {},
    contexts: { inputs: values, github: job.github(github) },
    actionFolder: action.folder,
    origin: action.origin,
    // Failures are those of the action's steps; a cancellation is that of the job.
    status: () => {
      const cancelled = job.status === 'cancelled'
      return { success: !failed && !cancelled, failure: failed && !cancelled, cancelled }
    },
    fail: () => {
      failed = true
    },
    perform: call.frame.perform,
  }
  for (const step of items(child(child(action.definition, 'runs'), 'steps'))) {
    const defaults = { shell: undefined, workingDirectory: undefined }
    const result = await frame.perform(step, frame, { defaults, limit: call.limit })
    call.result.steps.push(result)
    call.result.log.push(...result.log)
    call.result.annotations.push(...result.annotations)
    call.result.summary += result.summary
  }
  const scope = scopeOf(frame, call.env)
  for (const [name, output] of entries(child(action.definition, 'outputs'))) {
    call.result.outputs[name] = textOf(child(output, 'value'), scope)
  }
  if (failed) throw new ReportedFailure(`a step of ${uses} failed`)
}
