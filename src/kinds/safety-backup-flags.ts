// Flags of a command that restores a safety backup: the name and the stores.
import { keyFlags, storeFlags } from '../commands/printed-commands/repeated-flags.ts'
import type { RestoreValues } from '../commands/restore/restore-inputs.ts'
import { storeAddresses } from '../commands/stores/store-addresses.ts'
import type { FirstFound } from '../commands/stores/stores-of.ts'
import type { World } from '../commands/world.ts'
import type { Flags } from '../domain/text/command-line.ts'

export function safetyBackupFlags(values: RestoreValues, { entry }: Pick<FirstFound, 'entry'>, world: World): Flags {
  return { name: entry.name, ...storeFlags(values, storeAddresses(values, world), world), ...keyFlags(values) }
}
