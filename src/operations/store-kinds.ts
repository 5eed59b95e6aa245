// Kinds of store by the addresses that they have.
import { Failure } from '../domain/failure.ts'
import { invalidAddress } from '../domain/invalid-address.ts'
import type { StorePlace } from '../domain/store-place.ts'
import type { Store } from './ports.ts'
import type { StoreKind, StoreWorld } from './store-ports.ts'

type Kinds = readonly StoreKind[]

/** The values of a command, as a kind takes those of its own inputs out of them. */
export type KindValues = Parameters<StoreKind['open']>[1]

/** The kind of the store at an address; undefined for an unknown scheme. */
export function kindOf(kinds: Kinds, address: string): StoreKind | undefined {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(address)?.[1]?.toLowerCase() ?? 'file'
  return kinds.find((kind) => kind.scheme === scheme)
}

/** Where the store at an address keeps backups. What is not known is taken for this machine. */
export function placeOf(kinds: Kinds, address: string): StorePlace {
  return kindOf(kinds, address)?.place ?? 'on-site'
}

/** How addresses look: `file:./backups, s3://bucket/prefix or artifact:`. */
export function exampleAddresses(kinds: Kinds): string {
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(kinds.map(({ example }) => example))
}

/** Opens the store at an address with the values of a command. Throws a failure of kind usage for an address or inputs that cannot be. */
export async function openStore(kinds: Kinds, address: string, values: object, world: StoreWorld): Promise<Store> {
  if (isSeveral(kinds, address)) throw invalidAddress(address, severalHint, 'is more than one address of a store')
  const kind = kindOf(kinds, address)
  if (!kind) throw invalidAddress(address, `Use ${exampleAddresses(kinds)}.`)
  const [broken] = kind.check?.(values as KindValues) ?? []
  if (broken !== undefined) throw new Failure('input/invalid', broken, { hint: 'Correct the inputs of the store.' })
  return kind.open(address, values as KindValues, world)
}

const severalHint =
  'Write one address per line, or give the flag several times. A comma in the name of a folder: file:///srv/a%2Cb.'

/** A comma in the path of a folder is written as %2C in a URL. */
function isSeveral(kinds: Kinds, address: string): boolean {
  return address.includes(',') || kinds.some(({ scheme }) => new RegExp(`\\s${scheme}:`, 'i').test(address))
}
