// Reads what a store holds, in one listing, and where the store has trusted keys which of it is trusted.
import { isBackupName } from '../domain/backup.ts'
import { type Catalogue, catalogueBuilder } from '../domain/build-catalogue.ts'
import { Failure } from '../domain/failure.ts'
import type { Store } from './ports.ts'
import { trustCatalogue } from './signatures/trust-catalogue.ts'

/** The backups in a store, of one name or of all. Throws what the store throws, and Failure('usage') for a name that can be none. */
export async function readCatalogue(store: Store, name?: string, signal?: AbortSignal): Promise<Catalogue> {
  if (name !== undefined) checkName(name)
  const builder = catalogueBuilder()
  let seen = 0
  for await (const object of store.list(name === undefined ? '' : `${name}/`)) {
    builder.add(object)
    seen += 1
    if (seen % 1000 === 0) signal?.throwIfAborted()
  }
  return trustCatalogue(store, builder.done(), signal)
}

function checkName(name: string): void {
  if (isBackupName(name)) return
  throw new Failure('backup/invalid-name', `${JSON.stringify(name)} cannot be the name of backups`, {
    hint: 'A name has up to 100 letters, digits, dots, dashes and underscores, and starts with a letter or digit.',
  })
}
