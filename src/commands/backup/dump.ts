// `dump`: the first of three stages: backs up into the backup directory only.
import { dumpInputs } from '../../inputs/dump.ts'
import { recordInputs } from '../../inputs/record.ts'
import { databaseInputs, directoryInputs, signingInputs, temporaryInputs, trustInputs } from '../../inputs/shared.ts'
import { withKeys } from '../../operations/signatures/with-keys.ts'
import { command } from '../command.ts'
import { makeRecordedBackup, rulesOfRecord } from '../recording.ts'
import { rulesOfSigning, signaturesOf } from '../signatures.ts'
import { outputsOfBackup } from './backup-outcome.ts'
import { rulesOfBackup } from './backup-rules.ts'

const inputs = {
  ...databaseInputs,
  ...directoryInputs,
  ...trustInputs,
  ...signingInputs,
  ...dumpInputs,
  ...recordInputs,
  ...temporaryInputs,
}

export const dump = command({
  name: 'dump',
  summary: 'Back up into the backup directory only; checksum and upload are the next stages',
  examples: ['dump', 'dump --format plain --backup-dir /var/backups'],
  positional: ['kind'],
  part: 'backup',
  inputs,
  outputs: outputsOfBackup,
  check: (values, world) => [
    ...rulesOfBackup(values, world, inputs),
    ...rulesOfRecord(values),
    ...rulesOfSigning(values),
  ],
  run: async (values, world) => {
    const store = await world.openStore(`file:${values.backupDir}`, values)
    const signatures = await signaturesOf(values, world)
    return makeRecordedBackup([signatures ? withKeys(store, signatures) : store], values, world)
  },
})
