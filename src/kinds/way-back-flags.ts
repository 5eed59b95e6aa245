// Flags of a command that restores a safety backup: the name and the stores.
import { keyFlags, storeFlags } from '../commands/repeated-flags.ts'
import type { RestoreValues } from '../commands/restore-inputs.ts'
import { storeAddresses } from '../commands/store-addresses.ts'
import type { FirstFound } from '../commands/stores-of.ts'
import type { World } from '../commands/world.ts'
import type { Flags } from '../domain/command-line.ts'

export function wayBackFlags(values: RestoreValues, { entry }: Pick<FirstFound, 'entry'>, world: World): Flags {
  return { name: entry.name, ...storeFlags(values, storeAddresses(values, world), world), ...keyFlags(values) }
}
