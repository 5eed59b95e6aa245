// The later steps of a night: the drill of the backup just made, and pruning. Failures are reported, not thrown.
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import type { Values } from '../../inputs/kinds.ts'
import type { nightlyInputs } from '../../inputs/nightly.ts'
import type { temporaryInputs } from '../../inputs/shared.ts'
import { findBackup } from '../../operations/catalogue/find-backup.ts'
import { kindOf } from '../../operations/kind-of.ts'
import type { Store } from '../../ports/common.ts'
import type { Outcome, OutputTable, World } from '../command.ts'
import { type outputsOfDrill, runDrill } from '../drill/drill.ts'
import { type outputsOfPrune, pruneBy } from '../prune/prune-stores.ts'
import type { RecordValues } from '../recording.ts'

/** The backup of this night. */
export interface Made {
  readonly id: string
  readonly kind: string
  readonly name: string
  /** Those that hold it. */
  readonly stores: readonly Store[]
}

/** What a step came to; where there is nothing to show, a failure alone. */
export type Step<T extends OutputTable = OutputTable> = Partial<Outcome<T>>

type StepValues = Values<typeof nightlyInputs> & Values<typeof temporaryInputs> & RecordValues

/** The drill. Throws only when interrupted. */
export async function drillStep(
  { id, name, stores }: Made,
  values: StepValues,
  world: World,
): Promise<Step<typeof outputsOfDrill>> {
  const { signal, reporter } = world
  try {
    const places = await findBackup(stores, { backup: id, name }, { signal, reporter, tolerant: true })
    return await runDrill(places, values, world)
  } catch (error) {
    return { failure: afterwards(error, signal, `${id} is stored, but could not be drilled`) }
  }
}

/**
 * The drills of the other backups of the run, one after the other: tenants, Redis. The user's own checks are for the
 * database itself. Throws only when interrupted.
 */
export async function drillCompanions(
  made: readonly Made[],
  values: StepValues,
  world: World,
): Promise<Step<typeof outputsOfDrill>[]> {
  const without = { ...values, checkSql: [], checkCommand: undefined }
  const steps: Step<typeof outputsOfDrill>[] = []
  for (const each of made) {
    const { isDatabase } = kindOf(world.kinds, each.kind).drill
    steps.push(await drillStep(each, isDatabase ? without : { ...without, scratchUrl: undefined }, world))
  }
  return steps
}

/**
 * Pruning, of the backups of this name only: a store may be shared with other databases. Throws only when interrupted.
 */
export async function pruneStep(
  { id, name, stores }: Made,
  values: StepValues,
  world: World,
): Promise<Step<typeof outputsOfPrune>> {
  const said = `${id} is stored, but pruning failed`
  try {
    const outcome = await pruneBy(values, { stores, name, dryRun: false, strict: true }, world)
    return outcome.failure ? { ...outcome, failure: afterwards(outcome.failure, world.signal, said) } : outcome
  } catch (error) {
    return { failure: afterwards(error, world.signal, said) }
  }
}

function afterwards(thrown: unknown, signal: AbortSignal, sentence: string): Failure {
  if (signal.aborted) throw asFailure(signal.reason)
  const failure = asFailure(thrown)
  return failure.restate(`${sentence}: ${failure.message}`)
}
