// `dump`: the first stage alone, into the backup directory.
import { dumpInputs } from '../inputs/dump.ts'
import { databaseInputs, storeInputs, temporaryInputs } from '../inputs/shared.ts'
import { makeBackup, outputsOfBackup, rulesOfDump } from './backup-outcome.ts'
import { command } from './command.ts'

export const dump = command({
  name: 'dump',
  summary: 'Dump into the backup directory only; checksum and upload are the next stages',
  examples: ['dump', 'dump --format plain --backup-dir /var/backups'],
  inputs: { ...databaseInputs, 'backup-dir': storeInputs['backup-dir'], ...dumpInputs, ...temporaryInputs },
  outputs: outputsOfBackup,
  check: (values) => rulesOfDump(values),
  run: async (values, world) => makeBackup(values, [await world.openStore(`file:${values.backupDir}`, {})], world),
})
