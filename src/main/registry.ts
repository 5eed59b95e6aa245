// Every command, with every kind of store.
import { registryOf } from '../commands/registry.ts'
import { storeKinds } from '../stores/stores.ts'

export const registry = registryOf(storeKinds)
