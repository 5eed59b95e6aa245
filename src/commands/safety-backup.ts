// The backup that is made of a live database before its contents are replaced.
import { asFailure, Failure } from '../domain/failure.ts'
import { backUp } from '../operations/back-up.ts'
import { requireUrl } from './backup-outcome.ts'
import type { World } from './command.ts'
import type { RestoreValues } from './restore.ts'
import { openStores } from './stores-of.ts'

/** Makes it in all stores, under the name of the backup that is restored, and gives its id. */
export async function safetyBackup(values: RestoreValues, name: string, world: World): Promise<string> {
  try {
    const platform = await world.openPlatform(requireUrl(values), { installTools: values.installTools })
    const { manifest } = await backUp(
      {
        platform,
        stores: await openStores(values, world),
        name,
        trigger: 'safety',
        dump: {
          format: 'custom',
          selection: { schemas: [], excludeSchemas: [], tables: [], excludeTables: [], excludeTableData: [], parts: 'all' },
          jobs: values.jobs,
          sourceCounts: true,
          globals: false,
          lockTimeout: 60,
        },
        compressionLevel: 3,
        confirmBytes: 'auto',
        shrinkLimit: 0,
        allowEmpty: true,
        keepDays: undefined,
        recoveryPoint: undefined,
      },
      { ...world, temporary: values.temporary ?? world.temporary },
    )
    return manifest.id
  } catch (error) {
    const { kind, message, hint } = asFailure(error)
    throw new Failure(kind, `the safety backup failed, so nothing was restored: ${message}`, {
      hint: `${hint ? `${hint} ` : ''}If what is there now is worthless: --skip-safety-backup.`,
      cause: error,
    })
  }
}
