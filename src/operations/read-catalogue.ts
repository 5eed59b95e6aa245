// Reads what a store holds, in one listing, and where the store has trusted keys which of it is trusted.
import { backupPrefix, isBackupName } from '../domain/backup.ts'
import { type Catalogue, catalogueBuilder } from '../domain/build-catalogue.ts'
import { Failure } from '../domain/failure.ts'
import type { Store } from './ports.ts'
import { trustCatalogue } from './signatures/trust-catalogue.ts'

export interface ReadCatalogue extends Catalogue {
  /** Folders whose backups are unknown, because they cannot be read. */
  readonly unreadable: readonly Failure[]
}

/**
 * The backups in a store, of one name or of all; with an id, that one alone. Throws what the store throws, and a failure of
 * kind usage for an invalid name.
 */
export async function readCatalogue(store: Store, name?: string, signal?: AbortSignal, id?: string): Promise<ReadCatalogue> {
  if (name !== undefined) checkName(name)
  const builder = catalogueBuilder()
  const unreadable: Failure[] = []
  let seen = 0
  const prefix = name === undefined ? '' : id === undefined ? `${name}/` : backupPrefix(name, id)
  for await (const object of store.list(prefix, {
    unreadable: (failure) => unreadable.push(failure),
  })) {
    builder.add(object)
    seen += 1
    if (seen % 1000 === 0) signal?.throwIfAborted()
  }
  return { ...(await trustCatalogue(store, builder.done(), signal)), unreadable }
}

/** For the user: the backups in the folder are passed over. */
export function unreadableText({ address }: Pick<Store, 'address'>, { message }: Failure): string {
  return `A folder in ${address} is passed over, and so are the backups in it: ${message}.`
}

function checkName(name: string): void {
  if (isBackupName(name)) return
  throw new Failure('backup/invalid-name', `${JSON.stringify(name)} is not a valid name for backups`, {
    hint: 'A name has up to 100 letters, digits, dots, dashes and underscores, and starts with a letter or digit.',
  })
}
