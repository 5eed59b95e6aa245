// Verifies a stored backup: manifest, SHA256SUMS and every byte of every payload.
import { backupPrefix } from '../../domain/backups/backup.ts'
import type { BackupEntry } from '../../domain/backups/catalogue.ts'
import { isOwnFile } from '../../domain/backups/marks.ts'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import type { Reporter, Store } from '../../ports/common.ts'
import { damagedHint, readBack } from '../../streams/verified-read.ts'
import { readManifest } from '../catalogue/read-manifest.ts'
import { sumsFault } from '../drill/verify-records.ts'
import { type ManifestSignature, verifySignatures } from '../signatures/verify-signatures.ts'

export interface Verified {
  readonly manifest: Manifest
  readonly files: number
  readonly bytes: number
  /** Absent if the manifest is not signed. */
  readonly signature?: ManifestSignature
}

/**
 * Throws a failure of kind integrity that names every damaged, missing or unknown file; reads all files even after a
 * fault. The code is `store/object-missing` if files are missing and nothing else is wrong.
 */
export async function verifyBackup(
  store: Store,
  entry: BackupEntry,
  world: { readonly reporter: Reporter; readonly signal: AbortSignal },
): Promise<Verified> {
  const manifest = await readManifest(store, entry)
  const prefix = backupPrefix(manifest.name, manifest.id)
  const sums = await sumsFault(store, manifest, world.signal)
  const failures: Failure[] = sums ? [sums] : []
  const signatures = await verifySignatures(store, entry, world.signal)
  let bytes = 0
  for (const payload of manifest.payloads) {
    try {
      await readBack(store, prefix + payload.file, payload, world.signal, (read) =>
        world.reporter.progress({ what: 'verified', bytes: bytes + read, of: entry.bytes }),
      )
    } catch (error) {
      const failure = asFailure(error)
      if (failure.kind !== 'integrity') throw failure
      failures.push(failure)
    }
    bytes += payload.bytes
  }
  const others = [...signatures.faults, ...unknownFiles(entry, manifest, prefix, store.address)]
  const faults = [...failures.map(({ message }) => message), ...others]
  if (faults.length > 0) {
    const isMissing = others.length === 0 && failures.every(({ code }) => code === 'store/object-missing')
    throw new Failure(isMissing ? 'store/object-missing' : 'store/object-damaged', faults.join('; '), {
      hint: damagedHint,
    })
  }
  const signature = signatures.manifest
  return { manifest, files: manifest.payloads.length, bytes, ...(signature && { signature }) }
}

function unknownFiles(entry: BackupEntry, manifest: Manifest, prefix: string, where: string): string[] {
  const known = new Set(manifest.payloads.map(({ file }) => file))
  return entry.keys
    .map(({ key }) => key.slice(prefix.length))
    .filter((file) => !known.has(file) && !isOwnFile(file))
    .map((file) => `${prefix}${file} in ${where} is not in the manifest`)
}
