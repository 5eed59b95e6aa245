// `test-restore`: drills a backup, to prove that it can be restored and to measure the time.
import { recordedInputs } from '../../inputs/record.ts'
import { checkRehearsal, rehearsalInputs } from '../../inputs/rehearsal.ts'
import { databaseInputs, selectionInputs, signingInputs, storeInputs, temporaryInputs } from '../../inputs/shared.ts'
import { testRestoreInputs } from '../../inputs/test-restore.ts'
import { command } from '../command.ts'
import { rulesOfRecord } from '../recording.ts'
import { rulesOfSigning } from '../signatures.ts'
import { checkStores, openFirstStoreWith } from '../stores/stores-of.ts'
import { checkScratch, outputsOfDrill, runDrill } from './drill.ts'
import { outputsOfRehearsal, rehearsalRequest } from './rehearsal-report.ts'

export const testRestoreCommand = command({
  name: 'test-restore',
  summary: 'Drill a backup: restore it into a scratch server, compare every table, and record the result',
  examples: [
    'test-restore',
    'test-restore latest --check-sql \'SELECT count(*) FROM "Tenant"\'',
    'test-restore --scratch-url postgresql://postgres@db.example.com/postgres --scratch-database drill',
    'test-restore --setup-command "npm ci" --migrate-command "npx prisma migrate deploy"',
  ],
  part: 'drill',
  positional: ['kind', 'backup'],
  inputs: {
    ...selectionInputs,
    ...storeInputs,
    ...signingInputs,
    ...testRestoreInputs,
    ...rehearsalInputs,
    ...recordedInputs,
    'database-url': {
      ...databaseInputs['database-url'],
      summary: 'URL of the database with the table of runs, if record-url is not given; only that table is read',
    },
    ...temporaryInputs,
  },
  outputs: { ...outputsOfDrill, ...outputsOfRehearsal },
  check: (values, world) => [
    ...checkStores(values, world),
    ...checkScratch(values),
    ...checkRehearsal(values),
    ...rulesOfRecord(values),
  ],
  run: async (values, world) => {
    for (const sentence of rulesOfSigning(values)) world.reporter.warn(`The drill record is not signed. ${sentence}.`)
    const kind = values.backup === 'latest' ? values.kind : undefined
    const { places } = await openFirstStoreWith(values, world, kind)
    return runDrill(places, values, world, rehearsalRequest(values))
  },
})
