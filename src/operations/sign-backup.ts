// Signs a backup that is stored already: one from before signatures, or one that another key signed.
import { backupPrefix, manifestFile } from '../domain/backup.ts'
import type { Manifest } from '../domain/manifest.ts'
import { manifestText } from '../domain/manifest-json.ts'
import { keepUntilMark, manifestMarks } from '../domain/marks.ts'
import type { Found } from './find-backup.ts'
import type { Reporter } from './ports.ts'
import { requireTrustedSigner } from './signatures/require-signer.ts'
import { writeSignature } from './signatures/write-signature.ts'
import { verifyBackup } from './verify-backup.ts'

/**
 * Reads each copy, every byte of it, then signs its manifest in place of a signature that is there. Drill records and pins stay as they
 * are. Throws Failure('integrity') for a copy that is not whole, before anything is signed.
 */
export async function signBackup(
  places: readonly [Found, ...Found[]],
  world: { readonly reporter: Reporter; readonly signal: AbortSignal },
): Promise<Manifest> {
  const stores = places.map(({ store }) => store)
  requireTrustedSigner(stores, places[0].entry.name)
  const manifests: Manifest[] = []
  for (const { store, entry } of places) {
    const verified = await world.reporter.phase(`Reading ${entry.id.text} in ${store.address}`, () =>
      verifyBackup(store, entry, world),
    )
    manifests.push(verified.manifest)
  }
  for (const [at, { store, entry }] of places.entries()) {
    const manifest = manifests[at] as Manifest
    const marks = [...manifestMarks(manifest), ...(entry.keepUntil ? [keepUntilMark(entry.keepUntil)] : [])]
    const prefix = backupPrefix(entry.name, entry.id.text)
    await writeSignature(store, { prefix, file: manifestFile, content: manifestText(manifest), marks, replace: true })
  }
  return manifests[0] as Manifest
}
