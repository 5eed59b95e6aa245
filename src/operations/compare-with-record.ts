// A backup against the row that the application kept of it, and that row mended where a restore brought back an old one.
import { asFailure, Failure } from '../domain/failure.ts'
import { mainChecksum } from '../domain/main-checksum.ts'
import type { Manifest } from '../domain/manifest.ts'
import type { Reporter } from './ports.ts'
import type { RunRecord } from './record-ports.ts'

/**
 * Whether the row says the same checksum as the manifest; false, with a warning, where it cannot be asked or says none.
 * Throws Failure('integrity') naming both checksums if they differ.
 */
export async function compareWithRecord(record: RunRecord, manifest: Manifest, reporter: Reporter): Promise<boolean> {
  const { id } = manifest
  const row = await orWarn(() => record.find(id), `${id} was not compared with its record`, reporter)
  if (row === undefined) return false
  if (row === 'none') {
    reporter.warn(`${record.display} has no row for ${id}: there is no checksum to compare with.`)
    return false
  }
  if (row.checksum === undefined) {
    reporter.warn(`${record.display} says that ${row.id} is ${row.status}, and no checksum: there is none to compare with.`)
    return false
  }
  const stored = mainChecksum(manifest)
  if (row.checksum.trim().toLowerCase() === stored) return true
  throw new Failure(
    'record/checksum-mismatch',
    `${id} is not what was recorded: its manifest says SHA-256 ${stored ?? 'none'}, ${record.display} says ${row.checksum}`,
    {
      hint: 'One of the two was changed after the backup was made. Compare with the copy in another store, or take another backup; once you know that the row is wrong, go on without --record.',
    },
  )
}

/** What `mendRecord` needs besides the manifest. */
export interface Mending {
  readonly record: RunRecord
  readonly manifest: Manifest
  /** Addresses of the stores that hold the backup. */
  readonly location: readonly string[]
  readonly reporter: Reporter
}

/**
 * In a database that was restored from a backup, the backup's own row says `running`, as it did in the snapshot: makes it
 * `completed`. Other rows stay. Whether there was one to mend; never throws, what cannot be written is a warning.
 */
export async function mendRecord({ record, manifest, location, reporter }: Mending): Promise<boolean> {
  const { id, kind, trigger, started, finished, payloads } = manifest
  const mended = await orWarn(
    async () => {
      const row = await record.find(id)
      if (row?.status !== 'running') return undefined
      const bytes = payloads.reduce((sum, payload) => sum + payload.bytes, 0)
      const facts = { checksum: mainChecksum(manifest), bytes, location: location.join(',') }
      const times = { startedAt: new Date(started), finishedAt: new Date(finished) }
      await record.save({ id, kind, trigger, status: 'completed', ...times, ...facts }, row.id)
      return row
    },
    `The row of ${id} was not looked at in the restored database`,
    reporter,
  )
  return mended !== undefined && mended !== 'none'
}

/** What was asked for, `none` if there is none, undefined after a warning. */
async function orWarn<T>(
  ask: () => Promise<T | undefined>,
  consequence: string,
  reporter: Reporter,
): Promise<T | 'none' | undefined> {
  try {
    return (await ask()) ?? 'none'
  } catch (error) {
    const { message, hint } = asFailure(error)
    reporter.warn(`${consequence}: ${message}.${hint ? ` ${hint}` : ''}`)
    return undefined
  }
}
