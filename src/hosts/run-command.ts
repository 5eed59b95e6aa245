// Runs one command from its inputs to its outcome, the same in every host.
import type { Command, Outcome, World } from '../commands/command.ts'
import { asFailure, Failure } from '../domain/failures/failure.ts'
import { collectInputs, inputFailure, type ReadInput } from '../inputs/parse.ts'
import type { Clock } from '../ports/common.ts'
import type { Guarded } from './guard.ts'

/** Seconds to clean up after a signal: a runner kills a process that takes longer than ten seconds in all. */
const graceSeconds = 5

/**
 * Returns the command's values. Throws one failure of kind usage with every invalid input, the problems that the host
 * found, and every violated rule.
 */
export function checkedValues(
  command: Command,
  read: ReadInput,
  world: World,
  { problems: others = [], hint }: { readonly problems?: readonly string[]; readonly hint: string },
): Parameters<Command['run']>[0] {
  const own = collectInputs(command.inputs, read)
  const problems = [...others, ...own.problems]
  if (problems.length === 0) problems.push(...(command.check?.(own.values, world) ?? []))
  if (problems.length > 0) throw inputFailure(problems, hint)
  return own.values
}

/**
 * Runs the command, and meanwhile removes leftovers of killed runs. Throws errors of the command and of crashes outside
 * it, and the interruption if the command does not end in time after a signal.
 */
export async function runToEnd(
  command: Command,
  values: Parameters<Command['run']>[0],
  world: World,
  host: Guarded & { readonly clock: Clock },
): Promise<Outcome> {
  const { temporary } = values as { readonly temporary?: string }
  const work = Promise.all([command.run(values, world), world.removeLeftovers(temporary)])
  try {
    const [outcome] = await Promise.race([work, host.crashed, overdue(host)])
    return outcome.failure ? { ...outcome, failure: withState(outcome.failure, host.signal, world) } : outcome
  } catch (thrown) {
    throw host.signal.aborted ? withState(settle(thrown, host.signal), host.signal, world) : thrown
  }
}

/** Returns the interruption failure with the resulting state and the failure's own advice as its hint. */
function withState(failure: Failure, signal: AbortSignal, { state }: World): Failure {
  if (!signal.aborted || failure.kind !== 'interrupted' || state?.leaves === undefined) return failure
  const own = failure.hint === asFailure(signal.reason).hint ? undefined : failure.hint
  return failure.restate(failure.message, own === undefined ? state.leaves : `${state.leaves} ${own}`)
}

/** Rejects if the work was asked to stop and has not ended in time; never resolves. */
function overdue({ signal, clock }: { readonly signal: AbortSignal; readonly clock: Clock }): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = () => void clock.sleep(graceSeconds).then(() => reject(asFailure(signal.reason)))
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
}

/** After an interruption, every other error becomes the interruption, because it may be a consequence of it. */
export function settle(thrown: unknown, signal: AbortSignal): Failure {
  const failure = asFailure(thrown)
  if (!signal.aborted || failure.kind === 'interrupted') return failure
  const reason = asFailure(signal.reason)
  return new Failure(reason.code, reason.message, { hint: reason.hint, cause: thrown, details: failure.details })
}
