// `backup`: the whole job into all stores at once.
import { dumpInputs } from '../inputs/dump.ts'
import { onlyFor } from '../inputs/kinds.ts'
import { recordInputs } from '../inputs/record.ts'
import { databaseInputs, signingInputs, storeInputs, temporaryInputs } from '../inputs/shared.ts'
import { outputsOfBackup, rulesOfDump } from './backup-outcome.ts'
import { command } from './command.ts'
import { makeRecordedBackup, rulesOfRecord } from './recording.ts'
import { rulesOfSigning } from './signatures.ts'
import { checkStores, openStores } from './stores-of.ts'

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
  kinds: {
    platform: 'Back up a whole database with pg_dump',
    tenant: 'Back up the rows of tenants, as ZIPs of CSVs',
    redis: 'Back up Redis or Valkey as RDB',
    all: 'Back up database, tenants and Redis in one run, at one recovery point',
  },
  positional: ['kind'],
  inputs: {
    ...onlyFor(['platform', 'tenant', 'all'], databaseInputs),
    ...storeInputs,
    ...signingInputs,
    ...dumpInputs,
    ...recordInputs,
    ...temporaryInputs,
  },
  outputs: outputsOfBackup,
  check: (values, world) => [
    ...rulesOfDump(values),
    ...checkStores(values, world),
    ...rulesOfRecord(values),
    ...rulesOfSigning(values),
  ],
  run: async (values, world) => makeRecordedBackup(await openStores(values, world), values, world),
})
