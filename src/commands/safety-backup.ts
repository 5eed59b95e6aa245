// The backup that is made of a live database before its contents are replaced.
import { asFailure, type Failure } from '../domain/failure.ts'
import { backUp } from '../operations/back-up.ts'
import { requireUrl } from './backup-outcome.ts'
import type { World } from './command.ts'
import type { RestoreValues } from './restore-inputs.ts'
import { rulesOfSigning } from './signatures.ts'
import { openStores } from './stores-of.ts'

/** Makes it in all stores, under the name of the backup that is restored, and gives its id. */
export async function safetyBackup(values: RestoreValues, name: string, world: World): Promise<string> {
  for (const sentence of rulesOfSigning(values)) world.reporter.warn(`The safety backup is not signed. ${sentence}.`)
  try {
    const platform = await world.openPlatform(requireUrl(values), { installTools: values.installTools })
    const { manifest } = await backUp(
      {
        platform,
        stores: await openStores(values, world),
        name,
        dump: {
          format: 'custom',
          selection: {
            schemas: [],
            excludeSchemas: [],
            tables: [],
            excludeTables: [],
            excludeTableData: [],
            parts: 'all',
          },
          jobs: values.jobs,
          sourceCounts: true,
          globals: false,
          lockTimeout: 60,
        },
        ...safetySettings,
      },
      { ...world, temporary: values.temporary ?? world.temporary },
    )
    return manifest.id
  } catch (error) {
    throw safetyFailed(error)
  }
}

/** What every safety backup has in common: it is made whatever it holds, and compared with none. */
export const safetySettings = {
  trigger: 'safety',
  compressionLevel: 3,
  confirmBytes: 'auto',
  shrinkLimit: 0,
  allowEmpty: true,
  keepDays: undefined,
  recoveryPoint: undefined,
} as const

export function safetyFailed(error: unknown): Failure {
  const failure = asFailure(error)
  return failure.restate(
    `the safety backup failed, so nothing was restored: ${failure.message}`,
    `${failure.hint ? `${failure.hint} ` : ''}Use --skip-safety-backup only if you do not need the current data.`,
  )
}
