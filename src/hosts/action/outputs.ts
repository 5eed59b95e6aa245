// An action's outputs: those of its command, and what the host adds.
import type { Command, Outcome } from '../../commands/command.ts'
import type { Failure } from '../../domain/failures/failure.ts'
import { plainText } from '../../domain/text/plain-text.ts'
import type { Runner } from './runner.ts'

/**
 * What every action gives besides: a step that goes on after an error can tell a store that is down from damaged data.
 */
export const hostOutputs = {
  'failure-kind':
    'Empty on success; otherwise bug, usage, refused, integrity, tool, unreachable or interrupted (see the exit codes)',
  'failure-code':
    'Empty on success; otherwise the stable code of the failure, such as store/object-missing (see docs/troubleshooting.md)',
} as const

/**
 * Sets every declared output that has a value; one without is an empty text to whoever reads it. Gives the names of
 * those that hold something masked: GitHub drops a job's output if they are passed on.
 */
export function setOutputs(
  runner: Runner,
  command: Command,
  outputs: Partial<Outcome['outputs']>,
  mask: (text: string) => string,
): string[] {
  const masked: string[] = []
  for (const name of Object.keys(command.outputs)) {
    const value = outputs[name]
    if (value === undefined) continue
    const text = plainText(String(value))
    if (mask(text) !== text) masked.push(name)
    runner.setOutput(name, text)
  }
  return masked
}

/** The kind and the code of the failure, empty for none. Throws if the runner's file for outputs is gone. */
export function setFailure(runner: Runner, failure: Failure | undefined): void {
  runner.setOutput('failure-kind', failure?.kind ?? '')
  runner.setOutput('failure-code', failure?.code ?? '')
}
