// Undoes the last swap: reports which writes are lost, then exchanges the names again.
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import type { LiveServer, LiveState, Undone, UndoPair } from '../../ports/restore.ts'
import { type HookWorld, type RestoreHooks, waitForHealth, withHooks } from './hooks.ts'
import { requireConfirmation } from './restore.ts'

interface UndoRequest {
  readonly server: LiveServer
  readonly confirm: string | undefined
  /** Report only. */
  readonly dryRun: boolean
  readonly hooks: RestoreHooks
}

interface UndoneRestore {
  readonly undone: Undone
  /** What failed after the names were exchanged; they stay exchanged. */
  readonly failure: Failure | undefined
}

/** One line for each database of the pair: what it is, and what identifies it. */
function pairLines({ live, kept, backup, swapped }: UndoPair): string[] {
  return [
    `Live now: ${live.name} (OID ${live.oid}, owner ${live.owner}), restored from ${backup} at ${swapped}.`,
    `Live after the undo: ${kept.name} (OID ${kept.oid}, owner ${kept.owner}), with the data from before ${swapped}.`,
  ]
}

/**
 * Throws a failure of kind refused if there is nothing to undo or the name was not confirmed. If it throws, nothing was
 * changed, unless the code is `restore/commit-unknown`.
 */
export async function undoRestore(
  { server, confirm, dryRun, hooks }: UndoRequest,
  world: HookWorld,
): Promise<UndoneRestore> {
  const { reporter, signal, state } = world
  const reached = (live: LiveState): void => {
    if (state) state.leaves = undoState(server.database, live)
  }
  reached({ at: 'unchanged' })
  if (dryRun) {
    const undone = await reporter.phase(`Examining ${server.display}`, () => server.undo({ really: false, signal }))
    return { undone, failure: undefined }
  }
  for (const line of pairLines(await server.undoPair(signal))) reporter.note(line)
  requireConfirmation(server, true, confirm)
  const { value: undone, failure } = await withHooks(hooks, world, () =>
    reporter.phase('Exchanging the names', () => server.undo({ really: true, signal, reached })),
  )
  if (state) state.leaves = undoneText(undone)
  if (signal.aborted) return { undone, failure: asFailure(signal.reason) }
  if (failure || !hooks.health) return { undone, failure }
  return { undone, failure: await waitForHealth(hooks.health, undoneText(undone), world) }
}

function undoneText({ aside }: Undone): string {
  return `The database from before the restore is live again. The replaced database is kept as ${aside ?? 'nothing'}.`
}

function undoState(database: string, { at }: LiveState): string {
  if (at === 'unchanged') return `The live database ${database} was not changed.`
  return `It is not known whether the restore of ${database} was undone. When the server responds, run \`resguardo restore --undo --dry-run\``
}
