// The later steps of `nightly`: the drills of the new backups, and pruning. Failures are returned, not thrown.
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

/** A backup that this run made. */
export interface Made {
  readonly id: string
  readonly kind: string
  readonly name: string
  /** Stores that have it. */
  readonly stores: readonly Store[]
}

/** The outcome of a step; only a failure if there is nothing to show. */
export type Step<T extends OutputTable = OutputTable> = Partial<Outcome<T>>

type StepValues = Values<typeof nightlyInputs> & Values<typeof temporaryInputs> & RecordValues

/** Drills the backup. Throws only when interrupted. */
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
 * Drills the other backups of the run (tenants, Redis) one after the other, without the user's checks, which are for
 * the database. Throws only when interrupted.
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

/** Prunes backups of this name only, because other databases may use the store. Throws only when interrupted. */
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
