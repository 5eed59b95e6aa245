// The safety backup of a live database, made before its contents are replaced.

import { safetyFailed, safetySettings } from '../../commands/backup/safety-backup.ts'
import type { RestoreValues } from '../../commands/restore/restore-inputs.ts'
import { rulesOfSigning } from '../../commands/signatures.ts'
import { openStores } from '../../commands/stores/stores-of.ts'
import type { World } from '../../commands/world.ts'
import { backUp } from '../../operations/backup/back-up.ts'
import { wholeDatabase } from '../../operations/backup/backup-source.ts'
import { requireUrl } from '../require-url.ts'

/** Backs up to all stores, under the name of the backup that is restored. Returns the ID. */
export async function safetyBackup(
  values: RestoreValues & { readonly jobs: number },
  name: string,
  world: World,
): Promise<string> {
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
          selection: wholeDatabase,
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
