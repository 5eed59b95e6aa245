// Determines the store addresses from the inputs.
import type { Values } from '../../inputs/kinds.ts'
import type { storeInputs } from '../../inputs/shared.ts'
import { type KindValues, storeKindOf } from '../../operations/stores/store-kinds.ts'
import type { StoreKind } from '../../ports/store.ts'

export type StoreValues = Values<typeof storeInputs>

/** All kinds of store. */
export interface Kinds {
  readonly stores: readonly StoreKind[]
}

/** Returns the given addresses, or else the defaults, without duplicates. */
export function storeAddresses(values: Pick<StoreValues, 'store'>, world: Kinds): string[] {
  const given = values.store.length > 0 ? values.store : defaultAddresses(values, world)
  const seen = new Map<string, string>()
  for (const address of given) {
    const place = storeKindOf(world.stores, address)?.canonical?.(address) ?? address.replace(/\/+$/, '')
    if (!seen.has(place)) seen.set(place, address)
  }
  return [...seen.values()]
}

/** The default addresses: the directory, and those from inputs of other kinds, such as a bucket. */
export function defaultAddresses(values: object, { stores }: Kinds): string[] {
  return stores.flatMap(({ fallback }) => fallback?.address(values as KindValues) ?? [])
}
