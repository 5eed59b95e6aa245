// Rejects the ID of a backup of another kind when a whole database is restored.
import type { RestoreValues } from '../commands/restore/restore-inputs.ts'
import type { World } from '../commands/world.ts'
import { parseBackupId } from '../domain/backups/backup.ts'
import { Failure } from '../domain/failures/failure.ts'
import { kindOf } from '../operations/kind-of.ts'

/** Throws `backup/wrong-kind`, with a hint how to restore that backup. */
export async function requireWholeDatabase(values: RestoreValues, world: World): Promise<void> {
  const id = parseBackupId(values.backup)
  if (!id || id.kind === 'platform') return
  const { restore } = kindOf(world.kinds, id.kind)
  throw (
    (await restore.wrongKind?.(values, world)) ??
    new Failure('backup/wrong-kind', `${id.text} is a backup of kind ${id.kind}`, { hint: `Add --kind ${id.kind}.` })
  )
}
