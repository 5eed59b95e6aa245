// Signs a stored backup: one without a signature, or one that another key signed.
import { backupPrefix, manifestFile } from '../../domain/backups/backup.ts'
import { manifestMarks } from '../../domain/backups/marks.ts'
import { Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import { manifestSha256, manifestText } from '../../domain/manifest/manifest-json.ts'
import type { Reporter } from '../../ports/common.ts'
import type { Found } from '../catalogue/find-backup.ts'
import { pinBackup } from '../catalogue/pin.ts'
import { verifyBackup } from '../verify/verify-backup.ts'
import { requireTrustedSigner } from './require-signer.ts'
import { writeSignature } from './write-signature.ts'

/**
 * Reads every byte of each copy, then signs its manifest and replaces any existing signature. Drill records and pins
 * stay as they are. No trusted key signed the keep-until mark, so it becomes a pin: it may extend the life of the
 * backup, not shorten it. Throws a failure of kind integrity, before anything is signed, for a damaged copy and for
 * copies that differ.
 */
export async function signBackup(
  places: readonly [Found, ...Found[]],
  world: { readonly reporter: Reporter; readonly signal: AbortSignal },
): Promise<Manifest> {
  const stores = places.map(({ store }) => store)
  requireTrustedSigner(stores, places[0].entry.name)
  let first: Manifest | undefined
  for (const { store, entry } of places) {
    const { manifest } = await world.reporter.phase(`Reading ${entry.id.text} in ${store.address}`, () =>
      verifyBackup(store, entry, world),
    )
    first ??= manifest
    if (manifestSha256(manifest) !== manifestSha256(first)) throw differs(places[0], { store, entry })
  }
  const manifest = first as Manifest
  const content = manifestText(manifest)
  for (const place of places) {
    const { name, id, keepUntil } = place.entry
    const prefix = backupPrefix(name, id.text)
    await writeSignature(place.store, {
      ...{ prefix, file: manifestFile, content, marks: manifestMarks(manifest) },
      replace: true,
    })
    if (keepUntil) await pinBackup([place], { reason: 'kept by its run', until: keepUntil })
  }
  return manifest
}

function differs(one: Found, other: Found): Failure {
  const { address } = one.store
  return new Failure('manifest/differs', `${one.entry.id.text} differs between ${address} and ${other.store.address}`, {
    hint: 'One of the two is damaged or forged, so nothing was signed. Find out which copy is good, and sign only that one (--store).',
  })
}
