// `test-restore`: proof that a backup restores, and what restoring takes.
import { availableParallelism } from 'node:os'
import { selectionInputs, storeInputs, temporaryInputs } from '../inputs/shared.ts'
import { testRestoreInputs } from '../inputs/test-restore.ts'
import { testRestore } from '../operations/test-restore.ts'
import { command } from './command.ts'
import { drillDocument, drillLines, outputsOfDrill } from './drill-outcome.ts'
import { checkStores, openFirstStoreWith } from './stores-of.ts'

export const testRestoreCommand = command({
  name: 'test-restore',
  summary: 'Restore a backup into scratch, compare every table with its fingerprint, and record the proof',
  examples: [
    'test-restore',
    'test-restore --backup latest --check-sql \'SELECT count(*) FROM "Tenant"\'',
    'test-restore --scratch-url postgresql://postgres@db.example.com/postgres --scratch-database drill',
  ],
  positional: 'backup',
  inputs: { ...selectionInputs, ...storeInputs, ...testRestoreInputs, ...temporaryInputs },
  outputs: outputsOfDrill,
  check: (values) => [...checkStores(values), ...checkScratch(values)],
  run: async (values, world) => {
    const { places } = await openFirstStoreWith(values, world, 'platform')
    const [first, ...others] = places
    if (!first) throw new Error('a backup was found in no store')
    const drilled = await testRestore(
      {
        places: [first, ...others],
        jobs: values.jobs ?? availableParallelism(),
        server: serverOf(values),
        allowMissingExtensions: values.allowMissingExtensions,
        temporary: values.temporary ?? world.temporary,
        checkSql: values.checkSql,
        checkCommand: values.checkCommand,
        rtoObjectiveSeconds: values.rto,
      },
      world,
    )
    const { record, failure } = drilled
    return {
      outputs: {
        verdict: record.verdict,
        'backup-id': record.backup,
        tables: record.tables,
        rows: record.rows,
        'rto-seconds': record.rtoSeconds,
        differences: record.differences.length,
      },
      lines: drillLines(drilled),
      document: drillDocument(drilled),
      ...(failure && { failure }),
    }
  },
})

interface ScratchValues {
  readonly scratchUrl: string | undefined
  readonly scratchDatabase: string | undefined
}

/** TEST_DB_NAME may be set for other commands: alone it means nothing. */
function checkScratch({ scratchUrl, scratchDatabase }: ScratchValues): string[] {
  if (scratchUrl === undefined || scratchDatabase !== undefined) return []
  return ['scratch-url needs scratch-database (TEST_DB_NAME): the name of the database to make there']
}

function serverOf({ scratchUrl, scratchDatabase }: ScratchValues): { url: string; database: string } | undefined {
  return scratchUrl === undefined || scratchDatabase === undefined ? undefined : { url: scratchUrl, database: scratchDatabase }
}
