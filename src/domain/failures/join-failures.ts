// Combines several failures into one, for work that continues after the first.
import type { Failure } from './failure.ts'

/** Undefined for none, the failure itself for one, else a failure with the first's code and hint and all sentences. */
export function joinFailures(failures: readonly Failure[]): Failure | undefined {
  const [first, second] = failures
  if (!first || !second) return first
  const sentences = [...new Set(failures.map(({ message }) => message))]
  return first.restate(sentences.join('; '))
}
