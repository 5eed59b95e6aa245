// All kinds of backups and stores, and commands with the inputs of these kinds.
import type { Command, OutputTable } from '../../src/commands/command.ts'
import { type Lists, withKindInputs } from '../../src/commands/printed-commands/complete-inputs.ts'
import type { InputTable } from '../../src/inputs/kinds.ts'
import { backupKinds, choicesOf } from '../../src/kinds/kinds.ts'
import { storeKinds } from '../../src/stores/stores.ts'

export const lists: Lists = { kinds: backupKinds, choices: choicesOf(backupKinds), stores: storeKinds }

/** The command with the inputs of all kinds. */
export function completed<T extends InputTable, O extends OutputTable>(command: Command<T, O>): Command<T, O> {
  return withKindInputs(command as Command, lists) as Command<T, O>
}
