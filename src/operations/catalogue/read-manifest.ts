// Reads the manifest of a backup from a store.
import { backupPrefix, manifestFile } from '../../domain/backups/backup.ts'
import type { BackupEntry } from '../../domain/backups/catalogue.ts'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import { manifestText, parseManifest } from '../../domain/manifest/manifest-json.ts'
import type { Store } from '../../ports/common.ts'
import { requireSignature } from '../signatures/require-signature.ts'
import { readObject } from '../stores/read-object.ts'

/**
 * Reads the manifest of a backup and verifies its digest, its ID and name, and the signature that the store requires.
 * Throws a failure of kind integrity if that fails or the manifest is missing, and a failure of kind refused if a newer
 * Resguardo made it.
 */
export async function readManifest(
  store: Store,
  entry: Pick<BackupEntry, 'name' | 'id'> & Partial<Pick<BackupEntry, 'keys'>>,
  signal?: AbortSignal,
): Promise<Manifest> {
  const key = backupPrefix(entry.name, entry.id.text) + manifestFile
  const text = await readObject(store, key, undefined, signal)
  if (text === undefined) {
    throw new Failure(
      'backup/incomplete',
      `${entry.id.text} has no manifest in ${store.address}: the backup is incomplete`,
      {
        hint: 'Choose another backup: `resguardo list`. The next prune removes this one.',
      },
    )
  }
  await requireSignature(store, { key, text, keys: entry.keys }, signal)
  const manifest = parse(text, `${store.address}: ${key}`)
  if (manifest.id === entry.id.text && manifest.name === entry.name) return manifest
  throw new Failure(
    'manifest/misplaced',
    `${key} in ${store.address} is the manifest of ${manifest.name}/${manifest.id}`,
    {
      hint: 'Files were moved or copied between backups. Restore the original files, or use another copy.',
    },
  )
}

function parse(text: string, where: string): Manifest {
  try {
    const manifest = parseManifest(text)
    if (manifestText(manifest) === text) return manifest
    throw new Failure('manifest/damaged', 'the manifest has the same content but different bytes: it was rewritten', {
      hint: 'Restore the original file, or use another copy of this backup.',
    })
  } catch (error) {
    const failure = asFailure(error)
    throw failure.restate(`${where}: ${failure.message}`)
  }
}
