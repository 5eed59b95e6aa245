// Several failures as one, for work that went on after the first.
import type { Failure } from './failure.ts'

/** Undefined for none, the failure itself for one; else one with the first's code and hint, with every sentence. */
export function joinFailures(failures: readonly Failure[]): Failure | undefined {
  const [first, second] = failures
  if (!first || !second) return first
  const sentences = [...new Set(failures.map(({ message }) => message))]
  return first.restate(sentences.join('; '))
}
