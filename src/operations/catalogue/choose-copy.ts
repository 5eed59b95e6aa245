// Chooses the copy of a backup to read if several stores hold it.
import type { BackupEntry } from '../../domain/backups/catalogue.ts'
import { asFailure, type Failure } from '../../domain/failures/failure.ts'
import { payloadFault } from '../../domain/gate/gate-faults.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import type { Reporter, Store } from '../../ports/common.ts'
import { sumsFault } from '../drill/verify-records.ts'
import { readManifest } from './read-manifest.ts'

interface Copy {
  readonly store: Store
  readonly entry: BackupEntry
}

interface CopyWithManifest extends Copy {
  readonly manifest: Manifest
}

interface World {
  readonly reporter?: Pick<Reporter, 'warn'> | undefined
  readonly signal: AbortSignal
}

/**
 * Returns the first copy with a valid manifest, SHA256SUMS, and all payloads in the right sizes. If no copy is
 * complete, returns the first one with a valid manifest, which may suffice for a part of the backup. Warns about copies
 * that are skipped. Throws the failure of the first copy if no manifest is valid.
 */
export async function chooseCopy(places: readonly Copy[], { reporter, signal }: World): Promise<CopyWithManifest> {
  const partial: CopyWithManifest[] = []
  const failures: Failure[] = []
  const faults: string[] = []
  for (const place of places) {
    try {
      const manifest = await readManifest(place.store, place.entry, signal)
      const copy = { ...place, manifest }
      const fault = await faultOf(copy, signal)
      if (fault === undefined) {
        for (const text of faults) reporter?.warn(text)
        return copy
      }
      partial.push(copy)
      faults.push(skipped(place, fault))
    } catch (error) {
      signal.throwIfAborted()
      const failure = asFailure(error)
      if (!isOfOneCopy(failure)) throw failure
      failures.push(failure)
      faults.push(skipped(place, failure.message))
    }
  }
  const [copy] = partial
  if (!copy) throw failures[0] as Failure
  if (places.length > 1) reporter?.warn(`No copy of ${copy.manifest.id} is complete; ${copy.store.address} is used.`)
  return copy
}

/** Returns whether another copy may be readable: false for a format that this version does not know. */
export function isOfOneCopy({ kind }: Failure): boolean {
  return kind === 'integrity' || kind === 'unreachable' || kind === 'tool'
}

async function faultOf({ store, entry, manifest }: CopyWithManifest, signal: AbortSignal) {
  const fault = payloadFault(manifest, { address: store.address, entry })
  return fault ?? (await sumsFault(store, manifest, signal))?.message
}

function skipped({ store, entry }: Copy, why: string): string {
  return `The copy of ${entry.id.text} in ${store.address} is skipped: ${why}.`
}
