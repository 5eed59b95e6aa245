// Verifies a backup in every store that has it.
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import type { Reporter } from '../../ports/common.ts'
import type { Found } from '../catalogue/find-backup.ts'
import { type Verified, verifyBackup } from './verify-backup.ts'

export interface VerifiedCopy extends Omit<Verified, 'manifest'> {
  readonly address: string
}

export interface VerifiedEverywhere {
  readonly manifest: Manifest
  readonly bytes: number
  readonly stores: readonly VerifiedCopy[]
}

/** Reads all stores before it throws. The failure names every fault; its kind is integrity if any fault's is. */
export async function verifyEverywhere(
  found: readonly Found[],
  world: { readonly reporter: Reporter; readonly signal: AbortSignal },
): Promise<VerifiedEverywhere> {
  const results: VerifiedCopy[] = []
  const failures: Failure[] = []
  let manifest: Manifest | undefined
  for (const { store, entry } of found) {
    try {
      const verified = await world.reporter.phase(`Reading ${entry.id.text} in ${store.address}`, () =>
        verifyBackup(store, entry, world),
      )
      const { manifest: read, ...rest } = verified
      manifest = read
      results.push({ address: store.address, ...rest })
    } catch (error) {
      world.signal.throwIfAborted()
      failures.push(asFailure(error))
    }
  }
  const worst = failures.find(({ kind }) => kind === 'integrity') ?? failures[0]
  if (worst) throw worst.restate(failures.map(({ message }) => message).join('; '))
  if (!manifest) throw new Failure('internal/bug', 'a backup was found in no store')
  return { manifest, bytes: results.reduce((sum, { bytes }) => sum + bytes, 0), stores: results }
}
