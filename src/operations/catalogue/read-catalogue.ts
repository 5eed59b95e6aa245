// Reads the backups in a store with one listing; if the store has trusted keys, determines which are trusted.
import { backupPrefix, isBackupName } from '../../domain/backups/backup.ts'
import { type Catalogue, catalogueBuilder } from '../../domain/backups/build-catalogue.ts'
import { Failure } from '../../domain/failures/failure.ts'
import type { Store } from '../../ports/common.ts'
import { collectOldGarbage, keepYoungSpaceSmall } from '../../streams/young-garbage.ts'
import { trustCatalogue } from '../signatures/trust-catalogue.ts'

interface ReadCatalogue extends Catalogue {
  /** Errors of folders that cannot be read; their backups are unknown. */
  readonly unreadable: readonly Failure[]
}

interface CatalogueOptions {
  readonly signal?: AbortSignal | undefined
  /** Only the backup with this ID. */
  readonly id?: string | undefined
  /** The keys, relative to the backup's folder, that entries contain; default: all. */
  readonly keeps?: (path: string) => boolean
}

/** Number of objects from which a listing counts as long. */
const many = 10_000

/** Number of objects after which garbage of a long listing is collected. */
const collectEvery = 25_000

/**
 * Returns the backups in a store, of one name or of all. Throws what the store throws, and a failure of kind usage for
 * an invalid name.
 */
export async function readCatalogue(
  store: Store,
  name?: string,
  options: CatalogueOptions = {},
): Promise<ReadCatalogue> {
  const { signal, id, keeps } = options
  if (name !== undefined) checkName(name)
  const builder = catalogueBuilder(keeps)
  const unreadable: Failure[] = []
  let seen = 0
  const prefix = name === undefined ? '' : id === undefined ? `${name}/` : backupPrefix(name, id)
  for await (const object of store.list(prefix, {
    unreadable: (failure) => unreadable.push(failure),
  })) {
    builder.add(object)
    seen += 1
    if (seen % 1000 === 0) signal?.throwIfAborted()
    if (seen === many) keepYoungSpaceSmall()
    if (seen % collectEvery === 0) collectOldGarbage()
  }
  return { ...(await trustCatalogue(store, builder.done(), signal)), unreadable }
}

/** Returns the warning that the backups in a folder are skipped. */
export function unreadableText({ address }: Pick<Store, 'address'>, { message }: Failure): string {
  return `A folder in ${address} is skipped, with the backups in it: ${message}.`
}

function checkName(name: string): void {
  if (isBackupName(name)) return
  throw new Failure('backup/invalid-name', `${JSON.stringify(name)} is not a valid name for backups`, {
    hint: 'A name has up to 100 letters, digits, dots, dashes and underscores, and starts with a letter or digit.',
  })
}
