// Rules across the inputs of commands that back up.
import { isBackupName } from '../../domain/backups/backup.ts'
import type { InputTable } from '../../inputs/kinds.ts'
import { rulesOfKind } from '../kind-parts.ts'
import type { BackupValues, World } from '../world.ts'

/** `own`: inputs that the command has for every kind of backup. */
export function rulesOfBackup(
  values: BackupValues,
  lists: Pick<World, 'kinds' | 'choices'>,
  own: InputTable,
): string[] {
  const { name } = values
  const isName = name === undefined || isBackupName(name)
  return [
    ...(isName
      ? []
      : ['--name: at most 100 letters, digits, dots, dashes and underscores, beginning with a letter or digit']),
    ...rulesOfKind('backup', values, lists, own),
  ]
}
