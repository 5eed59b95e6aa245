// `dump`: the first stage alone, into the backup directory.
import { dumpInputs } from '../inputs/dump.ts'
import { recordInputs } from '../inputs/record.ts'
import { databaseInputs, storeInputs, temporaryInputs } from '../inputs/shared.ts'
import { outputsOfBackup, rulesOfDump } from './backup-outcome.ts'
import { command } from './command.ts'
import { makeRecordedBackup, rulesOfRecord } from './recording.ts'

export const dump = command({
  name: 'dump',
  summary: 'Dump into the backup directory only; checksum and upload are the next stages',
  examples: ['dump', 'dump --format plain --backup-dir /var/backups'],
  inputs: { ...databaseInputs, 'backup-dir': storeInputs['backup-dir'], ...dumpInputs, ...recordInputs, ...temporaryInputs },
  outputs: outputsOfBackup,
  check: (values) => [...rulesOfDump(values), ...rulesOfRecord(values)],
  run: async (values, world) => makeRecordedBackup([await world.openStore(`file:${values.backupDir}`, {})], values, world),
})
