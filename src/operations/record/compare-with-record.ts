// Compares a backup with its row in the record, and corrects that row in a database restored from the backup.

import { mainChecksum } from '../../domain/backups/main-checksum.ts'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import { manifestSha256 } from '../../domain/manifest/manifest-json.ts'
import type { Reporter } from '../../ports/common.ts'
import type { RunRecord } from '../../ports/record.ts'

/** Result of comparing a backup with the record: the same digests, other digests, or none. */
type Recorded =
  | { readonly says: 'same' }
  | { readonly says: 'other'; readonly failure: Failure }
  | { readonly says: 'nothing'; readonly reason: string }

/** Looks a backup up in the record and compares the digests of its manifest and of its main payload. Never throws. */
export async function findRecorded(record: RunRecord, manifest: Manifest): Promise<Recorded> {
  const { id } = manifest
  try {
    const row = await record.find(id)
    if (!row) return { says: 'nothing', reason: `${record.display} has no row for ${id}` }
    if (row.manifest === undefined) {
      return {
        says: 'nothing',
        reason: `${record.display} lists ${row.id} as ${row.status}, without the SHA-256 of its manifest`,
      }
    }
    return (
      difference(`manifest of ${id}`, manifestSha256(manifest), row.manifest, record) ??
      difference(`main payload of ${id}`, mainChecksum(manifest), row.checksum, record) ?? { says: 'same' }
    )
  } catch (error) {
    const { message, hint } = asFailure(error)
    return { says: 'nothing', reason: `${record.display} cannot be read: ${message}${hint ? `. ${hint}` : ''}` }
  }
}

function difference(what: string, stored = 'none', recorded = 'none', { display }: RunRecord): Recorded | undefined {
  if (recorded.trim().toLowerCase() === stored) return undefined
  const failure = new Failure(
    'record/checksum-mismatch',
    `the ${what} differs from the record: its SHA-256 is ${stored}, but ${display} has ${recorded}`,
    {
      hint: 'The backup or the row was changed after the backup was made. Compare with the copy in another store, or make another backup. If you know that the row is wrong, omit --record.',
    },
  )
  return { says: 'other', failure }
}

/**
 * Returns whether the record matches the manifest; false, with a warning, if there is nothing to compare with. Throws
 * `record/checksum-mismatch`, which names both digests, if they differ.
 */
export async function compareWithRecord(record: RunRecord, manifest: Manifest, reporter: Reporter): Promise<boolean> {
  const recorded = await findRecorded(record, manifest)
  if (recorded.says === 'other') throw recorded.failure
  if (recorded.says === 'nothing') {
    reporter.warn(`${manifest.id} was not compared with the record: ${recorded.reason.replace(/\.$/, '')}.`)
  }
  return recorded.says === 'same'
}

/** The request of `repairRecord`. */
interface RecordRepair {
  readonly record: RunRecord
  readonly manifest: Manifest
  /** Addresses of the stores that contain the backup. */
  readonly location: readonly string[]
  readonly reporter: Reporter
}

/**
 * In a database restored from a backup, the row of that backup has the status `running`, as in the snapshot. Sets it to
 * `completed`; other rows stay. Returns whether a row was updated. Never throws: a failed write is a warning.
 */
export async function repairRecord({ record, manifest, location, reporter }: RecordRepair): Promise<boolean> {
  const { id, kind, trigger, started, finished, payloads } = manifest
  try {
    const row = await record.find(id)
    if (row?.status !== 'running') return false
    const bytes = payloads.reduce((sum, payload) => sum + payload.bytes, 0)
    const digests = { checksum: mainChecksum(manifest), manifest: manifestSha256(manifest) }
    const times = { startedAt: new Date(started), finishedAt: new Date(finished) }
    const run = {
      id,
      kind,
      trigger,
      status: 'completed' as const,
      ...times,
      ...digests,
      bytes,
      location: location.join(','),
    }
    await record.save(run, row.id)
    return true
  } catch (error) {
    const { message, hint } = asFailure(error)
    reporter.warn(`Could not update the row of ${id} in the restored database: ${message}.${hint ? ` ${hint}` : ''}`)
    return false
  }
}
