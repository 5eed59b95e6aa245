// Verifies the files of a backup that no restore loads: SHA256SUMS, and the globals, which are restored by hand.
import { backupPrefix, sumsFile } from '../../domain/backups/backup.ts'
import { sumsText } from '../../domain/backups/sums.ts'
import { Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import type { Store } from '../../ports/common.ts'
import { damagedHint, readBack } from '../../streams/verified-read.ts'
import { readObject } from '../stores/read-object.ts'

/** Throws a failure of kind integrity that names the file if SHA256SUMS or globals do not match the manifest. */
export async function verifyRecords(store: Store, manifest: Manifest, signal: AbortSignal): Promise<void> {
  const fault = await sumsFault(store, manifest, signal)
  if (fault) throw fault
  const prefix = backupPrefix(manifest.name, manifest.id)
  for (const payload of manifest.payloads) {
    if (payload.role === 'globals') await readBack(store, prefix + payload.file, payload, signal)
  }
}

/** Returns the failure if SHA256SUMS is missing or differs from the manifest. */
export async function sumsFault(store: Store, manifest: Manifest, signal: AbortSignal): Promise<Failure | undefined> {
  const key = backupPrefix(manifest.name, manifest.id) + sumsFile
  const sums = await readObject(store, key, undefined, signal)
  const hint = damagedHint
  if (sums === undefined) return new Failure('store/object-missing', `${key} is missing in ${store.address}`, { hint })
  if (sums === sumsText(manifest.payloads)) return undefined
  return new Failure('store/object-damaged', `${key} in ${store.address} does not match the manifest`, { hint })
}
