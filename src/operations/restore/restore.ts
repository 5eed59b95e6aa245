// Restores a backup: into a new database that replaces the live one, into a new database only, in place, or selected
// tables into a new schema.

import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Difference } from '../../domain/fingerprint/fingerprint.ts'
import type { PostgresManifest } from '../../domain/manifest/manifest.ts'
import { commandText, flagWords } from '../../domain/text/command-line.ts'
import type { PhaseTime } from '../../ports/drill.ts'
import type { LiveServer, RestoreRequest, Step } from '../../ports/restore.ts'
import { payloadSources } from '../../streams/payload.ts'
import { verifyRecords } from '../drill/verify-records.ts'
import { originStepsOfDatabase } from './check-origin.ts'
import { type HookWorld, waitForHealth, withHooks } from './hooks.ts'
import { plannedSteps, requireUnblocked, strategyOf } from './restore-plan.ts'
import type { DatabaseRestoreRequest } from './restore-request.ts'
import { reach } from './restore-state.ts'
import { undoCommand } from './undo-command.ts'

interface RestoreWorld extends HookWorld {
  readonly temporary: string
}

export interface Restored {
  readonly manifest: PostgresManifest
  /** The location of the data: a database, or a schema of the live one. */
  readonly database: string
  readonly schema: string | undefined
  /** Name of the previously live database, retained for undo. */
  readonly kept: string | undefined
  readonly safetyBackup: string | undefined
  /** Seconds in which no session could connect to the live database. */
  readonly closed: number | undefined
  readonly steps: readonly Step[]
  readonly phases: readonly PhaseTime[]
  /** Seconds from the start until the data was in place. */
  readonly seconds: number
  readonly notes: readonly string[]
  readonly done: boolean
  /**
   * A failure after the data was in place, where it stays: a command, the health check, or differences after an
   * in-place restore.
   */
  readonly failure: Failure | undefined
}

/**
 * Examines the server first, and refuses the restore if steps are blocked, naming all of them. If it throws, the live
 * database is unchanged, unless the code is `restore/commit-unknown`. A failure after the data is in place is returned
 * with the result.
 */
export async function restore(order: DatabaseRestoreRequest, world: RestoreWorld): Promise<Restored> {
  const { server, found, dryRun } = order
  const began = world.clock.seconds()
  const strategy = strategyOf(order)
  if (!dryRun) requireConfirmation(server, strategy.touchesLive, order.confirm)
  if (!dryRun) reach(order, world, order.found.entry.id.text)({ at: 'unchanged' })
  const { manifest } = found
  await verifyRecords(found.store, manifest, world.signal)
  const phases: PhaseTime[] = []
  const request = requestOf(order, manifest, phases, world)
  const examined = await request.phase(`Examining ${server.display}`, () => server.preflight(request))
  const { serverIds: here, database: live } = server
  const touchesLive = order.strategy !== 'new'
  const origin = originStepsOfDatabase({ manifest, here, database: live, choice: order.choice, touchesLive })
  const looked = [...origin, ...examined]
  const steps = [...looked, ...plannedSteps(order, manifest)]
  const nothing = { kept: undefined, closed: undefined, safetyBackup: undefined, failure: undefined, notes: [] }
  const base = { ...nothing, manifest, steps, phases }
  const database = order.targetDatabase ?? server.database
  const place = { database, schema: order.targetSchema }
  if (dryRun) return { ...base, ...place, seconds: world.clock.seconds() - began, done: false }
  requireUnblocked(looked, world.reporter)
  const work = await strategies[strategy.name](order, request, world)
  const seconds = (work.inPlace ?? world.clock.seconds()) - began
  const interruption = world.signal.aborted ? asFailure(world.signal.reason) : undefined
  const failure =
    work.failure ??
    interruption ??
    (order.hooks.health && (await waitForHealth(order.hooks.health, healthHint(order, work), world)))
  return { ...base, ...place, ...work, seconds, failure, done: true }
}

/** Throws a failure of kind refused if the live database would change and its name was not confirmed. */
export function requireConfirmation(
  server: Pick<LiveServer, 'display' | 'database'>,
  touchesLive: boolean,
  typed: string | undefined,
): void {
  if (!touchesLive || typed === server.database) return
  const sentence =
    typed === undefined
      ? `the restore changes the live database ${server.display} and needs --confirm`
      : `--confirm is ${JSON.stringify(typed)}, but the live database is ${server.display}`
  throw new Failure('restore/not-confirmed', sentence, {
    hint: `Read the plan with --dry-run, then add ${flagWords('confirm', server.database)}.`,
  })
}

function requestOf(
  order: DatabaseRestoreRequest,
  manifest: PostgresManifest,
  phases: PhaseTime[],
  world: RestoreWorld,
): RestoreRequest {
  const { strategy, codeAsSuperuser, onError, targetDatabase, targetSchema, tables, schemas, jobs, found } = order
  const { reporter, clock, signal, temporary } = world
  return {
    manifest,
    payloads: payloadSources(found.store, manifest, signal),
    strategy,
    codeAsSuperuser,
    onError,
    ...(targetDatabase === undefined ? {} : { targetDatabase }),
    ...(targetSchema === undefined ? {} : { targetSchema }),
    tables,
    schemas,
    jobs,
    temporary,
    signal,
    async phase(title, work) {
      const from = clock.seconds()
      const result = await reporter.phase(title, work)
      phases.push({ phase: title, seconds: clock.seconds() - from })
      return result
    },
    progress: ({ what, bytes }) => reporter.progress({ what, bytes }),
    reached: reach(order, world, manifest.id),
  }
}

interface Work {
  readonly notes: readonly string[]
  readonly kept?: string | undefined
  readonly closed?: number
  readonly safetyBackup?: string | undefined
  readonly database?: string
  readonly failure: Failure | undefined
  /** Clock seconds when the data was in place, before the commands after the restore. */
  readonly inPlace?: number | undefined
}

type Strategy = (order: DatabaseRestoreRequest, request: RestoreRequest, world: RestoreWorld) => Promise<Work>

const strategies: Readonly<Record<ReturnType<typeof strategyOf>['name'], Strategy>> = {
  /** The hooks surround only the swap: the application keeps working while the new database is loaded. */
  async swap(order, request, world) {
    const { server, hooks } = order
    const { database, notes, missing } = await server.restoreIntoNewDatabase(request)
    try {
      const incomplete = incompleteOf(missing, server.database)
      if (incomplete && order.onError !== 'accept') throw notSwapped(incomplete, server)
      const { value, failure } = await withHooks(hooks, world, async () => {
        const swapped = await request.phase('Exchanging names', () => server.swap(database, request))
        const also = await alsoOf(order)
        return { ...swapped, also, inPlace: world.clock.seconds() }
      })
      return { ...value, notes, failure: value.also ?? failure ?? incomplete }
    } catch (error) {
      throw await server.drop(database).then(
        () => error,
        (also) => asFailure(error).withDetail(asFailure(also).sentence),
      )
    }
  },
  new: (order, request, world) =>
    surround(order, world, async () => {
      const { missing, ...made } = await order.server.restoreIntoNewDatabase(request)
      if (world.state) world.state.leaves = `Database ${made.database} is complete. ${world.state.leaves}`
      return { ...made, failure: incompleteOf(missing, made.database) }
    }),
  'into-schema': (order, request, world) =>
    surround(order, world, () => order.server.restoreIntoSchema(request, order.targetSchema ?? '')),
  'in-place': (order, request, world) =>
    surround(order, world, async () => {
      const safetyBackup = await order.safetyBackup?.()
      const { differences, notes } = await order.server.restoreInPlace({
        ...request,
        safetyBackup,
        reached: reach(order, world, request.manifest.id, safetyBackup),
      })
      return { notes, safetyBackup, failure: differs(order.server, differences, safetyBackup) }
    }),
}

function incompleteOf(missing: readonly string[], database: string): Failure | undefined {
  if (missing.length === 0) return undefined
  return new Failure(
    'restore/incomplete',
    `${database} lacks objects of the backup or differs from it (${missing.length} in total)`,
    {
      hint: 'Repair the objects in the restored database by hand before you rely on it.',
      details: missing,
    },
  )
}

function notSwapped(incomplete: Failure, { database }: LiveServer): Failure {
  return new Failure('restore/incomplete', `${database} was not swapped: ${incomplete.message}`, {
    hint: 'To restore the incomplete database under another name, use --strategy new --target-database NAME --on-error report.',
    details: incomplete.details,
  })
}

async function surround(
  order: DatabaseRestoreRequest,
  world: RestoreWorld,
  work: () => Promise<Omit<Work, 'failure'> & { readonly failure?: Failure | undefined }>,
): Promise<Work> {
  const { value, failure } = await withHooks(order.hooks, world, async () => {
    const done = await work()
    const also = await alsoOf(order)
    return { ...done, also, inPlace: world.clock.seconds() }
  })
  return { ...value, failure: value.failure ?? value.also ?? failure }
}

/** The data is in place and stays there, so a failure is returned in addition. */
async function alsoOf({ also }: DatabaseRestoreRequest): Promise<Failure | undefined> {
  try {
    await also?.()
    return undefined
  } catch (error) {
    return asFailure(error)
  }
}

function differs(
  server: LiveServer,
  differences: readonly Difference[],
  safety: string | undefined,
): Failure | undefined {
  if (differences.length === 0) return undefined
  const shown = differences.slice(0, 5).map(({ sentence }) => sentence)
  const more = differences.length > 5 ? `; and ${differences.length - 5} more` : ''
  return new Failure(
    'restore/changed-after-commit',
    `the restore was committed, but ${server.database} differs from the backup: ${shown.join('; ')}${more}`,
    {
      hint: `Correct the definitions by hand. Rows were compared before the commit, except those that this role cannot read.${safety ? ` The earlier data is in backup ${safety}.` : ''}`,
    },
  )
}

function healthHint({ server }: DatabaseRestoreRequest, { kept }: Pick<Work, 'kept'>): string {
  if (kept === undefined) return 'The data is restored. Read the log of the application.'
  return `The data is restored. Read the log of the application. To undo the restore: ${commandText(undoCommand(server.database))}`
}
