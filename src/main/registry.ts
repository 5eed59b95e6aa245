// All commands, for all kinds of backup and store.
import { registryOf } from '../commands/registry.ts'
import { backupKinds, choicesOf } from '../kinds/kinds.ts'
import { storeKinds } from '../stores/stores.ts'

export const registry = registryOf({ kinds: backupKinds, choices: choicesOf(backupKinds), stores: storeKinds })
