// Undoes the last swap: says which writes it loses, then exchanges the names back.
import { type Around, type AroundWorld, waitForHealth, withCommandsAround } from './around.ts'
import type { LiveServer, Undone } from './platform-ports.ts'
import { requireConfirmation } from './restore.ts'

export interface UndoOrder {
  readonly server: LiveServer
  readonly confirm: string | undefined
  /** Only tells. */
  readonly dryRun: boolean
  readonly around: Around
}

/** Throws Failure('refused') if there is nothing to undo or the name was not typed; on any failure before the exchange all is as it was. */
export async function undoRestore({ server, confirm, dryRun, around }: UndoOrder, world: AroundWorld): Promise<Undone> {
  const { reporter, signal } = world
  if (dryRun) return reporter.phase(`Looking at ${server.display}`, () => server.undo({ really: false, signal }))
  requireConfirmation(server, true, confirm)
  const undone = await withCommandsAround(around, world, () =>
    reporter.phase('Exchanging names back', () => server.undo({ really: true, signal })),
  )
  const hint = `The database of before the restore is live again; what it replaced is kept as ${undone.kept ?? 'nothing'}.`
  if (around.health) await waitForHealth(around.health, hint, world)
  return undone
}
