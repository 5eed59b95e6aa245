// An action's outputs: those of its command, and those that the host adds.
import type { Command, Outcome } from '../../commands/command.ts'
import type { Failure } from '../../domain/failures/failure.ts'
import { plainText } from '../../domain/text/plain-text.ts'
import type { Runner } from './runner.ts'

/**
 * Outputs of every action. A step that continues after an error can distinguish an unreachable store from damaged data.
 */
export const hostOutputs = {
  'failure-kind':
    'Empty on success; otherwise bug, usage, refused, integrity, tool, unreachable or interrupted (see the exit codes)',
  'failure-code':
    'Empty on success; otherwise the stable code of the failure, such as store/object-missing (see docs/troubleshooting.md)',
} as const

/**
 * Sets every declared output that has a value; the others are read as empty texts. Returns the names of outputs that
 * contain masked text: GitHub drops such an output if a job passes it on.
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

/** Sets kind and code of the failure, or empty texts. Throws if the runner's file for outputs is missing. */
export function setFailure(runner: Runner, failure: Failure | undefined): void {
  runner.setOutput('failure-kind', failure?.kind ?? '')
  runner.setOutput('failure-code', failure?.code ?? '')
}
