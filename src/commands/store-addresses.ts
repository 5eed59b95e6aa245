// Which stores the inputs mean.
import type { Values } from '../inputs/kinds.ts'
import type { storeInputs } from '../inputs/shared.ts'
import { type KindValues, kindOf } from '../operations/store-kinds.ts'
import type { StoreKind } from '../operations/store-ports.ts'

export type StoreValues = Values<typeof storeInputs>

/** The kinds of store that there are. */
export interface Kinds {
  readonly stores: readonly StoreKind[]
}

/** The addresses a user means: those given, or else the defaults. Each place once. */
export function storeAddresses(values: Pick<StoreValues, 'store'>, world: Kinds): string[] {
  const given = values.store.length > 0 ? values.store : defaultAddresses(values, world)
  const seen = new Map<string, string>()
  for (const address of given) {
    const place = kindOf(world.stores, address)?.canonical?.(address) ?? address.replace(/\/+$/, '')
    if (!seen.has(place)) seen.set(place, address)
  }
  return [...seen.values()]
}

/** The directory, and what the inputs of the other kinds name, such as a bucket. */
export function defaultAddresses(values: object, { stores }: Kinds): string[] {
  return stores.flatMap(({ fallback }) => fallback?.address(values as KindValues) ?? [])
}
