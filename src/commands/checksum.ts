// `checksum`: the second stage, every stored byte against the manifest.
import { mainChecksum } from '../domain/main-checksum.ts'
import { formatBytes } from '../domain/quantities.ts'
import { recordedInputs } from '../inputs/record.ts'
import { databaseInputs, selectionInputs, storeInputs } from '../inputs/shared.ts'
import { compareWithRecord } from '../operations/compare-with-record.ts'
import { findBackup } from '../operations/find-backup.ts'
import { type VerifiedCopy, verifyEverywhere } from '../operations/verify-everywhere.ts'
import { command } from './command.ts'
import { checksumSummary } from './copy-summary.ts'
import { openRecord, rulesOfRecord } from './recording.ts'
import { choiceOf, openStores } from './stores-of.ts'

export const checksum = command({
  name: 'checksum',
  summary: 'Read a backup in every store and compare each byte with its manifest',
  examples: ['checksum', 'checksum 20261124T020005Z-platform-scheduled-7f3a9c'],
  positional: ['kind', 'backup'],
  inputs: { ...selectionInputs, ...storeInputs, ...recordedInputs, 'database-url': databaseInputs['database-url'] },
  outputs: { 'backup-id': 'Id of the backup', bytes: 'Number of bytes read', sha256: 'SHA-256 of the main payload' },
  check: (values) => rulesOfRecord(values),
  run: async (values, world) => {
    const places = await findBackup(await openStores(values, world), choiceOf(values, world), { everyCopy: true })
    const verified = await verifyEverywhere(places, world)
    const record = await openRecord(values, world)
    const agrees = record && (await compareWithRecord(record, verified.manifest, world.reporter))
    return {
      outputs: { 'backup-id': verified.manifest.id, bytes: verified.bytes, sha256: mainChecksum(verified.manifest) },
      lines: [
        `${verified.manifest.id} is complete and undamaged: ${formatBytes(verified.bytes)} of stored bytes read and compared.`,
        ...verified.stores.map(
          (store) => `  ${store.address}: ${store.files} files, ${formatBytes(store.bytes)} stored${signedBy(store)}`,
        ),
        ...(agrees ? [`  ${record.display}: the same SHA-256`] : []),
      ],
      summary: checksumSummary(verified, world),
      document: {
        backup: verified.manifest.id,
        name: verified.manifest.name,
        bytes: verified.bytes,
        stores: verified.stores,
        payloads: verified.manifest.payloads,
        ...(record && { recorded: agrees }),
      },
    }
  },
})

function signedBy({ signature }: VerifiedCopy): string {
  if (!signature) return ', not signed'
  const { fingerprint, time, isTrusted } = signature
  return `, signed by ${fingerprint} (${isTrusted ? 'trusted' : 'no trusted keys given'}) at ${time}`
}
