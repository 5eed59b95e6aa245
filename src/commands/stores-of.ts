// From a command's store inputs to open stores, and to the backup that a command takes from them.
import type { Kind } from '../domain/backup.ts'
import { backupNameOf } from '../domain/backup-name.ts'
import { commandLine } from '../domain/command-line.ts'
import { Failure } from '../domain/failure.ts'
import type { Values } from '../inputs/kinds.ts'
import type { selectionInputs, storeInputs } from '../inputs/shared.ts'
import { type BackupChoice, type FindOptions, type Found, findBackup } from '../operations/find-backup.ts'
import type { Store } from '../operations/ports.ts'
import { withSignatures } from '../operations/signatures/with-signatures.ts'
import { type KindValues, kindOf } from '../operations/store-kinds.ts'
import type { World } from './command.ts'
import { storeFlags } from './repeated-flags.ts'
import { type SignatureValues, signaturesOf } from './signatures.ts'

export type StoreValues = Values<typeof storeInputs>

type Kinds = Pick<World, 'stores'>

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

/** What is wrong with the store inputs as sentences; for a command's `check`, so that all are reported at once. */
export function checkStores(values: StoreValues, world: Kinds): string[] {
  const kinds = new Set(storeAddresses(values, world).map((address) => kindOf(world.stores, address)))
  return [...kinds].flatMap((kind) => kind?.check?.(values as KindValues) ?? [])
}

/**
 * Opens every store the inputs name, in their order. Throws a failure of kind usage for the first address or keys that
 * cannot be, and for keys of signatures that cannot be used. Whether a store answers shows when it is used, or by its `check`.
 */
export async function openStores(values: StoreValues & SignatureValues, world: World): Promise<Store[]> {
  return openAddresses(storeAddresses(values, world), values, world)
}

/** The same for addresses that come from elsewhere. */
export async function openAddresses(addresses: readonly string[], values: SignatureValues, world: World): Promise<Store[]> {
  const signatures = await signaturesOf(values, world)
  const stores: Store[] = []
  for (const address of addresses) {
    const store = await world.openStore(address, values)
    stores.push(signatures ? withSignatures(store, signatures) : store)
  }
  return stores
}

/** A backup, and the first of the stores that holds it. */
export interface FirstFound extends Found {
  /** Every store that holds it, with its entry there; the first is `store`. */
  readonly places: readonly Found[]
}

type SelectionValues = Values<typeof selectionInputs> & { readonly databaseUrl?: string | undefined }

/** The backup that `--backup`, `--kind`, `--at` and `--name` mean. */
export function choiceOf({ backup, at, name, kind, databaseUrl }: SelectionValues, world: World): BackupChoice {
  const usualName = databaseUrl === undefined ? undefined : async () => backupNameOf(await world.databaseNameOf(databaseUrl))
  return { backup, at, name, kind, usualName }
}

/** `findBackup`, whose failure in stores without any backup names the command that makes the first. */
export async function findIn(
  stores: readonly Store[],
  choice: BackupChoice,
  options: FindOptions,
  values: object,
  world: Kinds,
): Promise<[Found, ...Found[]]> {
  return findBackup(stores, choice, options).catch((error: unknown) => {
    const addresses = stores.map(({ address }) => address)
    throw error instanceof Failure && error.code === 'backup/none'
      ? withFirstBackup(error, addresses, values, choice, world)
      : error
  })
}

/** The failure, with the command that makes the first backup as its hint, unless it has a hint. */
export function withFirstBackup(
  failure: Failure,
  addresses: readonly string[],
  values: object,
  { kind, name }: Pick<BackupChoice, 'kind' | 'name'>,
  world: Kinds,
): Failure {
  if (failure.hint !== undefined) return failure
  const words = kind === 'redis' ? ['backup', 'redis'] : ['backup']
  const first = commandLine(words, { name, ...storeFlags(values, addresses, world) })
  return failure.restate(failure.message, `Check the address. To make the first backup: ${first}`)
}

/**
 * The backup that `choiceOf` says, from the first store that holds it. A store that is down is a
 * warning as long as another one answers; doubts about the backup (suspect, failed drill) are warnings too.
 */
export async function openFirstStoreWith(
  values: StoreValues & Omit<SelectionValues, 'kind'>,
  world: World,
  kind: Kind | undefined,
  holding?: string,
): Promise<FirstFound> {
  const { reporter, signal, clock } = world
  const stores = await openStores(values, world)
  const places = await findIn(
    stores,
    { ...choiceOf({ ...values, kind }, world), holding },
    { reporter, signal, now: clock.now(), tolerant: true },
    values,
    world,
  )
  return { ...places[0], places }
}
