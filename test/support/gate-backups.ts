// Backups that the gate accepts or rejects: of a known database, with drill records that refer to the manifest.
import { createHash } from 'node:crypto'
import { parseBackupId } from '../../src/domain/backups/backup.ts'
import { drillMark } from '../../src/domain/backups/marks.ts'
import { sumsText } from '../../src/domain/backups/sums.ts'
import type { DrillMark } from '../../src/domain/drill/drill.ts'
import { drillFormat } from '../../src/domain/drill/drill.ts'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { manifestText } from '../../src/domain/manifest/manifest-json.ts'
import type { MemoryStore } from './memory-store.ts'
import { sampleManifest, samplePayload } from './sample-backups.ts'

export const shop = { database: 'shop', systemIdentifier: '7300000000000000001' }

export interface GateBackup {
  readonly name?: string
  readonly manifest?: Partial<Omit<PostgresManifest, 'digest'>>
  /** Minutes from the start of the backup to each drill, with its verdict; default: one proven drill. */
  readonly drills?: readonly (readonly [minutes: number, verdict: DrillMark['verdict']])[]
  /** Overrides fields of the drill records. */
  readonly record?: object
  readonly marks?: readonly string[]
  /** Modification time of all objects; default: one minute after the start. */
  readonly modified?: Date
}

/**
 * Puts a complete backup of `shop` into a store, with start and snapshot at the time in the ID. Returns its manifest.
 */
export function putGateBackup(store: MemoryStore, id: string, backup: GateBackup = {}): PostgresManifest {
  const started = parseBackupId(id)?.time ?? new Date(0)
  const {
    name = 'shop',
    drills = [[1, 'proven']],
    record = {},
    marks = [],
    modified = minutesAfter(started, 1),
  } = backup
  const base = sampleManifest(id)
  const server = { ...base.server, systemIdentifier: shop.systemIdentifier }
  const manifest = sampleManifest(id, { name, server, ...backup.manifest })
  const put = (file: string, text: string | Buffer) =>
    store.objects.set(`${name}/${id}/${file}`, { content: Buffer.from(text), modified })
  put('database.dump.zst', samplePayload)
  put('SHA256SUMS', sumsText(manifest.payloads))
  const text = manifestText(manifest)
  put('manifest.json', text)
  const manifestSha256 = createHash('sha256').update(text).digest('hex')
  for (const [minutes, verdict] of drills) {
    const said = { format: drillFormat, backup: id, name, manifestSha256, verdict, ...record }
    put(drillMark({ time: minutesAfter(started, minutes), verdict }), JSON.stringify(said))
  }
  for (const mark of marks) put(mark, '{}')
  return manifest
}

function minutesAfter(time: Date, minutes: number): Date {
  return new Date(time.getTime() + minutes * 60_000)
}
