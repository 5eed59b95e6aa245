// Runs a drill from the inputs of `test-restore` or `nightly`.
import { availableParallelism } from 'node:os'
import { dataAge, restoreTime } from '../../domain/drill/objectives.ts'
import type { Values } from '../../inputs/kinds.ts'
import type { temporaryInputs } from '../../inputs/shared.ts'
import type { tenantDrillInputs, testRestoreInputs } from '../../inputs/test-restore.ts'
import type { Found } from '../../operations/catalogue/find-backup.ts'
import type { RehearsalRequest } from '../../operations/drill/rehearse.ts'
import { testRestore } from '../../operations/drill/test-restore.ts'
import { placeOf } from '../../operations/stores/store-kinds.ts'
import type { Outcome, World } from '../command.ts'
import { openRecord, type RecordValues } from '../recording.ts'
import { drillReport } from './drill-report.ts'
import { type outputsOfRehearsal, rehearsalOutputs, rehearsalReport } from './rehearsal-report.ts'

export const outputsOfDrill = {
  verdict: 'proven, failed, or not-drilled if the scratch server lacks a module or an extension',
  'backup-id': 'Id of the backup',
  tables: 'Number of tables compared (Redis: databases)',
  rows: 'Number of rows compared (Redis: keys)',
  'rto-seconds': 'Seconds until the data was restored',
  differences: 'Number of differences from the backup',
} as const

type DrillValues = Values<typeof testRestoreInputs> &
  Partial<Values<typeof tenantDrillInputs>> &
  Values<typeof temporaryInputs> &
  RecordValues

/** Drills the backup in these stores, of which there must be one. A failed drill is an outcome with a failure. */
export async function runDrill(
  places: readonly Found[],
  values: DrillValues,
  world: World,
  rehearsal?: RehearsalRequest,
): Promise<Outcome<typeof outputsOfDrill & typeof outputsOfRehearsal>> {
  const [first, ...others] = farthestFirst(places, world)
  if (!first) throw new Error('a backup was found in no store')
  const record = await openRecord(values, world)
  const drilled = await testRestore(
    {
      places: [first, ...others],
      jobs: values.jobs ?? availableParallelism(),
      server: serverOf(values),
      allowMissingExtensions: values.allowMissingExtensions,
      installTools: values.installTools,
      isolation: values.isolation,
      temporary: values.temporary ?? world.temporary,
      checkSql: values.checkSql,
      checkCommand: values.checkCommand,
      rtoObjectiveSeconds: values.rto,
      tenants: { tenants: (values.tenant ?? []).filter((tenant) => tenant !== 'all'), sample: values.tenantSample },
      ...(record && { record }),
      ...(rehearsal && { rehearsal }),
    },
    world,
  )
  const { record: proof, recorded, failure, snapshotTaken } = drilled
  const objectives = [
    restoreTime(proof.rtoSeconds, proof.rtoObjectiveSeconds),
    dataAge(snapshotTaken, world.clock.now(), values.rpo),
  ]
  return {
    outputs: {
      verdict: proof.verdict,
      'backup-id': proof.backup,
      tables: proof.tables,
      rows: proof.rows,
      'rto-seconds': proof.rtoSeconds,
      differences: proof.differences.length,
      ...rehearsalOutputs(proof),
    },
    report: [...drillReport(drilled, objectives), ...rehearsalReport(proof)],
    document: { ...proof, recorded },
    ...(failure && { failure }),
  }
}

/** Prefers an off-site copy, because it survives the loss of this machine. */
function farthestFirst(places: readonly Found[], { stores }: World): Found[] {
  const nearness = ({ store }: Found): number => (placeOf(stores, store.address) === 'off-site' ? 0 : 1)
  return [...places].sort((a, b) => nearness(a) - nearness(b))
}

interface ScratchValues {
  readonly scratchUrl: string | undefined
  readonly scratchDatabase: string | undefined
}

/** TEST_DB_NAME may be set for other commands, so it has no effect by itself. */
export function checkScratch({ scratchUrl, scratchDatabase }: ScratchValues): string[] {
  if (scratchUrl === undefined || scratchDatabase !== undefined) return []
  return ['--scratch-url needs --scratch-database (TEST_DB_NAME), the name of the database to create there']
}

function serverOf({ scratchUrl, scratchDatabase }: ScratchValues): { url: string; database: string } | undefined {
  return scratchUrl === undefined || scratchDatabase === undefined
    ? undefined
    : { url: scratchUrl, database: scratchDatabase }
}
