// Failures of drills, and of requests that a drill cannot carry out.

import { type DrillRecord, faultsOf } from '../../domain/drill/drill.ts'
import { Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import type { StoredKind } from '../../ports/kind.ts'
import type { TestRestoreRequest } from './drill-request.ts'

/** Throws a failure if the request needs a database as scratch. Called for kinds that have none. */
export function requireDatabase(
  { rehearsal, checkSql, server }: TestRestoreRequest,
  { id }: Manifest,
  { name, drill }: StoredKind,
): void {
  if (!rehearsal && checkSql.length === 0 && !server) return
  throw new Failure(
    'drill/needs-database',
    `${id} is a backup of kind ${name}: --scratch-url, --check-sql and rehearsals need a database`,
    {
      hint: `Omit them. --check-command gets the scratch server in ${drill.urlVariable}.`,
    },
  )
}

const namedAtMost = 5

export function failureOf(record: DrillRecord, cause: Failure | undefined): Failure | undefined {
  if (record.verdict === 'proven') return undefined
  if (record.verdict === 'not-drilled') return cause
  const faults = faultsOf(record)
  const more = faults.length > namedAtMost ? `; and ${faults.length - namedAtMost} more` : ''
  const named = faults.slice(0, namedAtMost).join('; ')
  return new Failure('drill/failed', `the drill of ${record.backup} failed: ${named}${more}`, {
    hint:
      cause?.hint ??
      'Do not rely on this backup. Make a new one and drill it. The drill record in the store has the details.',
    cause,
  })
}
