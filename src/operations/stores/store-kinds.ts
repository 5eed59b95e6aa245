// Finds the kind of a store by its address, and opens stores.
import { Failure } from '../../domain/failures/failure.ts'
import { invalidAddress } from '../../domain/failures/invalid-address.ts'
import type { StorePlace } from '../../domain/store-place.ts'
import type { Store } from '../../ports/common.ts'
import type { StoreKind, StoreWorld } from '../../ports/store.ts'

type Kinds = readonly StoreKind[]

/** The input values of a command; each store kind reads its own inputs. */
export type KindValues = Parameters<StoreKind['open']>[1]

/** The kind of the store at an address; undefined for an unknown scheme. */
export function storeKindOf(kinds: Kinds, address: string): StoreKind | undefined {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(address)?.[1]?.toLowerCase() ?? 'file'
  return kinds.find((kind) => kind.scheme === scheme)
}

/** Returns the place of the store at an address. Unknown addresses count as on-site. */
export function placeOf(kinds: Kinds, address: string): StorePlace {
  return storeKindOf(kinds, address)?.place ?? 'on-site'
}

/** Returns example addresses: `file:./backups, s3://bucket/prefix or artifact:`. */
export function exampleAddresses(kinds: Kinds): string {
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(kinds.map(({ example }) => example))
}

/**
 * Opens the store at an address with the values of a command. Throws a failure of kind usage for an invalid address or
 * input.
 */
export async function openStore(kinds: Kinds, address: string, values: object, world: StoreWorld): Promise<Store> {
  if (isSeveral(kinds, address)) throw invalidAddress(address, severalHint, 'contains several store addresses')
  const kind = storeKindOf(kinds, address)
  if (!kind) throw invalidAddress(address, `Use ${exampleAddresses(kinds)}.`)
  const [broken] = kind.check?.(values as KindValues) ?? []
  if (broken !== undefined) throw new Failure('input/invalid', broken, { hint: 'Correct the inputs of the store.' })
  return kind.open(address, values as KindValues, world)
}

const severalHint = 'Write one address per line, or repeat the flag. Write a comma in a path as %2C: file:///srv/a%2Cb.'

/** Addresses contain no literal comma: a comma in the path of a folder is written as %2C. */
function isSeveral(kinds: Kinds, address: string): boolean {
  return address.includes(',') || kinds.some(({ scheme }) => new RegExp(`\\s${scheme}:`, 'i').test(address))
}
