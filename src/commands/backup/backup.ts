// `backup`: backs up into all stores in one pass, and verifies the stored bytes.
import { dumpInputs } from '../../inputs/dump.ts'
import { recordInputs } from '../../inputs/record.ts'
import { databaseInputs, signingInputs, storeInputs, temporaryInputs } from '../../inputs/shared.ts'
import { command } from '../command.ts'
import { makeRecordedBackup, rulesOfRecord } from '../recording.ts'
import { rulesOfSigning } from '../signatures.ts'
import { checkStores, openStores } from '../stores/stores-of.ts'
import { outputsOfBackup } from './backup-outcome.ts'
import { rulesOfBackup } from './backup-rules.ts'

const inputs = {
  ...databaseInputs,
  ...storeInputs,
  ...signingInputs,
  ...dumpInputs,
  ...recordInputs,
  ...temporaryInputs,
}

export const backup = command({
  name: 'backup',
  summary: 'Back up a database into all stores in one pass, with a fingerprint, and verify the stored bytes',
  examples: [
    'backup',
    'backup --trigger scheduled --store file:./backups --store s3://my-bucket/resguardo',
    'backup --exclude-table-data public.\'"AuditLog"\'',
    'backup redis',
    'backup all --trigger scheduled',
  ],
  part: 'backup',
  positional: ['kind'],
  inputs,
  outputs: outputsOfBackup,
  check: (values, world) => [
    ...rulesOfBackup(values, world, inputs),
    ...checkStores(values, world),
    ...rulesOfRecord(values),
    ...rulesOfSigning(values),
  ],
  run: async (values, world) => makeRecordedBackup(await openStores(values, world), values, world),
})
