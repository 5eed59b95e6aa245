// Opens the stores in a command's inputs, and finds the backup that the inputs select.
import { backupNameOf } from '../../domain/backups/backup-name.ts'
import type { Values } from '../../inputs/kinds.ts'
import type { selectionInputs } from '../../inputs/shared.ts'
import { type BackupChoice, type Found, findBackup } from '../../operations/catalogue/find-backup.ts'
import { withKeys } from '../../operations/signatures/with-keys.ts'
import { type KindValues, storeKindOf } from '../../operations/stores/store-kinds.ts'
import type { Store } from '../../ports/common.ts'
import type { World } from '../command.ts'
import { type SignatureValues, signaturesOf } from '../signatures.ts'
import { type Kinds, type StoreValues, storeAddresses } from './store-addresses.ts'

/** Checks the store inputs. Returns a sentence for each violation, for a command's `check`. */
export function checkStores(values: StoreValues, world: Kinds): string[] {
  const kinds = new Set(storeAddresses(values, world).map((address) => storeKindOf(world.stores, address)))
  return [...kinds].flatMap((kind) => kind?.check?.(values as KindValues) ?? [])
}

/**
 * Opens every store in the inputs, in order. Throws a failure of kind usage for the first invalid address or store
 * input, and for invalid signing or trusted keys. Does not contact the stores; their `check` does.
 */
export async function openStores(values: StoreValues & SignatureValues, world: World): Promise<Store[]> {
  return openAddresses(storeAddresses(values, world), values, world)
}

/** Like `openStores`, for addresses from another source. */
export async function openAddresses(
  addresses: readonly string[],
  values: SignatureValues,
  world: World,
): Promise<Store[]> {
  const signatures = await signaturesOf(values, world)
  const stores: Store[] = []
  for (const address of addresses) {
    const store = await world.openStore(address, values)
    stores.push(signatures ? withKeys(store, signatures) : store)
  }
  return stores
}

/** A backup, and the first store that has it. */
export interface FirstFound extends Found {
  /** All stores that have it, each with its entry; the first is `store`. */
  readonly places: readonly Found[]
}

type SelectionValues = Values<typeof selectionInputs> & { readonly databaseUrl?: string | undefined }

/** Returns the backup that `--backup`, `--kind`, `--at` and `--name` select. */
export function choiceOf({ backup, at, name, kind, databaseUrl }: SelectionValues, world: World): BackupChoice {
  const usualName =
    databaseUrl === undefined ? undefined : async () => backupNameOf(await world.databaseNameOf(databaseUrl))
  return { backup, at, name, kind, usualKind: world.kinds[0]?.name, usualName }
}

/**
 * Finds the backup that `choiceOf` selects, in the first store that has it. A store that is down is a warning if
 * another one responds. Doubts about the backup (suspect, failed drill) are warnings too.
 */
export async function openFirstStoreWith(
  values: StoreValues & Omit<SelectionValues, 'kind'>,
  world: World,
  kind: string | undefined,
  more: Pick<BackupChoice, 'tenant' | 'alternative'> = {},
): Promise<FirstFound> {
  const { reporter, signal, clock } = world
  const stores = await openStores(values, world)
  const places = await findBackup(
    stores,
    { ...choiceOf({ ...values, kind }, world), ...more },
    { reporter, signal, now: clock.now(), tolerant: true },
  )
  return { ...places[0], places }
}
