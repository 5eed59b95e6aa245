// Reads the manifest at the start of a drill, and writes the drill record at its end.
import { createHash } from 'node:crypto'
import { backupPrefix, manifestFile } from '../../domain/backups/backup.ts'
import { drillMark } from '../../domain/backups/marks.ts'
import { type DrillRecord, drillText } from '../../domain/drill/drill.ts'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Manifest } from '../../domain/manifest/manifest.ts'
import { parseManifest } from '../../domain/manifest/manifest-json.ts'
import type { Reporter, Store } from '../../ports/common.ts'
import { damagedHint } from '../../streams/verified-read.ts'
import type { Found } from '../catalogue/find-backup.ts'
import { readManifest } from '../catalogue/read-manifest.ts'
import { writeSignature } from '../signatures/write-signature.ts'
import { readObject } from '../stores/read-object.ts'
import { verifyRecords } from './verify-records.ts'

/** Reads the manifest, with the SHA-256 (hex) of its bytes. Throws if SHA256SUMS does not match it. */
export async function readDrilled(
  { store, entry }: Found,
  signal: AbortSignal,
): Promise<{ manifest: Manifest; sha256: string }> {
  const manifest = await readManifest(store, entry, signal)
  const prefix = backupPrefix(manifest.name, manifest.id)
  const text = (await readObject(store, prefix + manifestFile, undefined, signal)) ?? ''
  if (parseManifest(text).digest !== manifest.digest) {
    throw new Failure(
      'store/object-changed',
      `${prefix}${manifestFile} in ${store.address} changed while it was read`,
      {
        hint: damagedHint,
      },
    )
  }
  await verifyRecords(store, manifest, signal)
  return { manifest, sha256: createHash('sha256').update(text).digest('hex') }
}

/** Writes the record to every given store. Throws only if no store accepts it. */
export async function writeRecord(
  record: DrillRecord,
  places: readonly Found[],
  reporter: Reporter,
): Promise<string[]> {
  const failures: Failure[] = []
  const recorded: string[] = []
  for (const { store } of places) {
    try {
      await writeTo(store, record)
      recorded.push(store.address)
    } catch (error) {
      failures.push(asFailure(error))
      reporter.warn(`Could not write the drill record to ${store.address}: ${asFailure(error).message}`)
    }
  }
  if (recorded.length === 0 && failures[0]) throw failures[0]
  return recorded
}

const secondsTried = 10

/** Keys have a resolution of one second. If another drill has used a key, tries the next second. */
async function writeTo(store: Store, record: DrillRecord): Promise<void> {
  const content = drillText(record)
  const prefix = backupPrefix(record.name, record.backup)
  const { manifestSha256, finished } = record
  for (let second = 0; ; second += 1) {
    const time = new Date(new Date(record.started).getTime() + 1000 * second)
    const file = drillMark({ time, verdict: record.verdict })
    try {
      await writeSignature(store, { prefix, file, content, manifestSha256, time: finished })
      return await store.create(prefix + file, Buffer.from(content))
    } catch (error) {
      if (asFailure(error).code !== 'store/object-exists' || second === secondsTried) throw error
    }
  }
}
