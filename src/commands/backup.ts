// `backup`: the whole job into all stores at once.
import { dumpInputs } from '../inputs/dump.ts'
import { databaseInputs, storeInputs, temporaryInputs } from '../inputs/shared.ts'
import { makeBackup, outputsOfBackup, rulesOfDump } from './backup-outcome.ts'
import { command } from './command.ts'
import { openStores } from './stores-of.ts'

export const backup = command({
  name: 'backup',
  summary: 'Back up a database into all stores at once, with a fingerprint and confirmed bytes',
  examples: [
    'backup',
    'backup --trigger scheduled --store file:./backups --store s3://my-bucket/resguardo',
    'backup --exclude-table-data public.\'"AuditLog"\'',
  ],
  inputs: { ...databaseInputs, ...storeInputs, ...dumpInputs, ...temporaryInputs },
  outputs: outputsOfBackup,
  check: (values) => rulesOfDump(values),
  run: async (values, world) => makeBackup(values, await openStores(values, world), world),
})
