// The reports of `checksum` and `upload`.
import { expect, test } from 'vitest'
import { checksumReport, uploadReport } from '../../../src/commands/copies/copy-report.ts'
import { backupKinds } from '../../../src/kinds/kinds.ts'
import { storeKinds } from '../../../src/stores/stores.ts'
import { tableWith } from '../../support/report-text.ts'
import { sampleManifest } from '../../support/sample-backups.ts'

const manifest = sampleManifest()
const world = { kinds: backupKinds, stores: storeKinds }

test('the reports list all stores, and that of checksum also the digests', () => {
  const verified = { manifest, bytes: 8, stores: [{ address: 'file:./a', files: 3, bytes: 8 }] }
  expect(tableWith(checksumReport(verified, undefined, world), 'Store')).toEqual([
    ['file:./a', '3', '8 B', 'not signed'],
  ])
  expect(tableWith(checksumReport(verified, undefined, world), 'SHA-256')).toHaveLength(1)
  const copied = { manifest, stores: [{ address: 's3://b', state: 'repaired', files: 1 } as const] }
  expect(tableWith(uploadReport(copied), 'Store')).toEqual([['s3://b', 'repaired', '1']])
})
