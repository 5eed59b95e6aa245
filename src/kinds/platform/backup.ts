// A backup of a whole database as the inputs request it.

import type { Values } from '../../inputs/kinds.ts'
import { noUrl } from '../../inputs/shared.ts'
import type { BackUpRequest } from '../../operations/backup/back-up.ts'
import type { PostgresValues } from '../postgres-backup.ts'
import { backupInputs } from './backup-inputs.ts'

/** `nightly` has a row `jobs` without a default. */
export type PlatformValues = PostgresValues &
  Omit<Values<typeof backupInputs>, 'jobs'> & { readonly jobs: number | undefined }

/** Rules across the inputs of a backup of a whole database. */
export function checkBackup(values: PlatformValues & { readonly drill?: boolean }): string[] {
  const { databaseUrl, parts, excludeTableData, drill } = values
  return [
    ...(databaseUrl === undefined ? [noUrl] : []),
    ...(parts === 'schema-only' && excludeTableData.length > 0
      ? ['--exclude-table-data cannot be used together with --parts schema-only']
      : []),
    ...(parts === 'data-only' && drill ? ['--drill cannot be used together with --parts data-only'] : []),
  ]
}

/** What pg_dump includes, and how. */
export function dumpOf(
  values: PlatformValues,
): Pick<BackUpRequest['dump'], 'format' | 'selection' | 'jobs' | 'globals'> {
  const { format, jobs = backupInputs.jobs.fallback, globals, parts } = values
  return {
    ...{ format, jobs, globals },
    selection: {
      schemas: values.schema,
      excludeSchemas: values.excludeSchema,
      tables: values.table,
      excludeTables: values.excludeTable,
      excludeTableData: values.excludeTableData,
      parts,
    },
  }
}
