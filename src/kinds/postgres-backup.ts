// A backup that reads a PostgreSQL database, as the inputs request it.
import type { BackupValues, World } from '../commands/world.ts'
import type { PostgresManifest } from '../domain/manifest/manifest.ts'
import type { Values } from '../inputs/kinds.ts'
import { type BackUpRequest, type BackupSet, backUpWherePossible } from '../operations/backup/back-up.ts'
import type { Store } from '../ports/common.ts'
import type { postgresRows } from './postgres-rows.ts'
import { requireUrl } from './require-url.ts'

export type PostgresValues = BackupValues & Values<typeof postgresRows>

/** The options that differ between the kinds that read a database. */
type Part = Pick<BackUpRequest, 'tenants' | 'redis' | 'allowEmpty'> & {
  readonly dump: Pick<BackUpRequest['dump'], 'format' | 'selection' | 'jobs' | 'globals'>
}

export async function backUpDatabase(
  { dump, ...part }: Part,
  stores: readonly Store[],
  values: PostgresValues,
  world: World,
): Promise<BackupSet<PostgresManifest>> {
  const { name, trigger, compressionLevel, confirmBytes, shrinkLimit, keepDays, recoveryPoint } = values
  const { sourceCounts, lockTimeout, codeAsSuperuser, waitForOtherRun, ignoreOtherRun, installTools } = values
  const platform = await world.openPlatform(requireUrl(values), { installTools })
  return backUpWherePossible(
    {
      ...{ platform, stores, name, trigger, compressionLevel, confirmBytes, shrinkLimit, keepDays, recoveryPoint },
      ...{ waitForOtherRun, ignoreOtherRun },
      ...part,
      dump: { ...dump, sourceCounts, lockTimeout, codeAsSuperuser },
    },
    { ...world, temporary: values.temporary ?? world.temporary },
  )
}
