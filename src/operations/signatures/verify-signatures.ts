// Verifies every signature that a backup has in a store.
import { backupPrefix, manifestFile } from '../../domain/backups/backup.ts'
import type { BackupEntry } from '../../domain/backups/catalogue.ts'
import { signatureEnding } from '../../domain/backups/marks.ts'
import type { Store } from '../../ports/common.ts'
import { readObject } from '../stores/read-object.ts'
import { readSignature } from './read-signature.ts'
import { sha256Of } from './write-signature.ts'

/** Who signed a backup's manifest. */
export interface ManifestSignature {
  /** `SHA256:…` of the key. */
  readonly fingerprint: string
  /** ISO 8601. */
  readonly time: string
  /** Whether the key is trusted; false also if no trusted keys are given. */
  readonly isTrusted: boolean
}

interface VerifiedSignatures {
  readonly manifest?: ManifestSignature
  /** One sentence for each signature that is not valid, without a full stop. */
  readonly faults: readonly string[]
}

/** Throws what the store throws. The manifest itself must have been read with `readManifest`. */
export async function verifySignatures(
  store: Store,
  entry: BackupEntry,
  signal: AbortSignal,
): Promise<VerifiedSignatures> {
  const own = backupPrefix(entry.name, entry.id.text) + manifestFile
  const faults: string[] = []
  let manifest: ManifestSignature | undefined
  for (const { key } of entry.keys) {
    if (!key.endsWith(signatureEnding)) continue
    const signed = key.slice(0, -signatureEnding.length)
    const found = await readSignature(store, signed, signal)
    const fault =
      'fault' in found ? found.fault : await contentFault(store, signed, found.statement.subject.sha256, signal)
    if (fault !== undefined) faults.push(`${signed} in ${store.address} does not match its signature: ${fault}`)
    else if (signed === own && 'statement' in found) {
      const isTrusted = store.signatures?.trusted !== undefined
      manifest = { fingerprint: found.fingerprint, time: found.statement.time, isTrusted }
    }
  }
  return { ...(manifest && { manifest }), faults }
}

async function contentFault(
  store: Store,
  key: string,
  sha256: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const text = await readObject(store, key, undefined, signal)
  if (text === undefined) return 'it is missing'
  return sha256Of(text) === sha256 ? undefined : 'it was changed after it was signed'
}
