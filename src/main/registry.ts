// All commands, with the inputs of all kinds of store.
import { registryOf } from '../commands/registry.ts'
import { storeKinds } from '../stores/stores.ts'

export const registry = registryOf(storeKinds)
