// `checksum`: the second of three stages: compares every stored byte with the manifest.
import { mainChecksum } from '../../domain/backups/main-checksum.ts'
import { recordedInputs } from '../../inputs/record.ts'
import { databaseInputs, selectionInputs, storeInputs } from '../../inputs/shared.ts'
import { findBackup } from '../../operations/catalogue/find-backup.ts'
import { compareWithRecord } from '../../operations/record/compare-with-record.ts'
import { verifyEverywhere } from '../../operations/verify/verify-everywhere.ts'
import { command } from '../command.ts'
import { openRecord, rulesOfRecord } from '../recording.ts'
import { choiceOf, openStores } from '../stores/stores-of.ts'
import { checksumReport } from './copy-report.ts'

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
      report: checksumReport(verified, agrees ? record.display : undefined, world),
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
