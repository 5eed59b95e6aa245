// Backups for tests that read only names and dates, and a small, complete manifest.
import { createHash } from 'node:crypto'
import { parseBackupId, type Trigger } from '../../src/domain/backups/backup.ts'
import type { BackupEntry } from '../../src/domain/backups/catalogue.ts'
import { sumsText } from '../../src/domain/backups/sums.ts'
import type { Payload, PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { manifestText, sealManifest } from '../../src/domain/manifest/manifest-json.ts'
import type { MemoryStore } from './memory-store.ts'

/** `2026-11-24T02:00:05Z`, `scheduled`, 0x7f3a9c -> the id. */
export function idText(
  time: Date | string,
  trigger: Trigger = 'scheduled',
  random = 0x7f3a9c,
  kind = 'platform',
): string {
  const stamp = new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
  return `${stamp}Z-${kind}-${trigger}-${random.toString(16).padStart(6, '0')}`
}

/** The entry of a complete backup of `shop`, stored at the time in its ID. `differs` overrides fields. */
export function sampleEntry(id: string, differs: Partial<BackupEntry> = {}): BackupEntry {
  const parsed = parseBackupId(id)
  if (!parsed) throw new Error(`not an id: ${id}`)
  const name = differs.name ?? 'shop'
  return {
    name,
    id: parsed,
    complete: true,
    bytes: 1000,
    keys: [
      { key: `${name}/${id}/database.dump.zst`, bytes: 900 },
      { key: `${name}/${id}/manifest.json`, bytes: 100 },
    ],
    stored: parsed.time,
    lastWrite: parsed.time,
    drills: [],
    pins: [],
    suspect: false,
    allTenants: false,
    ...differs,
  }
}

export const samplePayload = Buffer.from('the dump')

/** The manifest of a backup with one payload, `samplePayload`, in `database.dump.zst`. */
export function sampleManifest(
  id = idText('2026-11-24T02:00:05Z'),
  differs: Partial<Omit<PostgresManifest, 'digest'>> = {},
): PostgresManifest {
  const parsed = parseBackupId(id)
  if (!parsed) throw new Error(`not an id: ${id}`)
  const sha256 = createHash('sha256').update(samplePayload).digest('hex')
  const time = parsed.time.toISOString()
  return sealManifest({
    format: 'resguardo/1',
    id,
    name: 'shop',
    kind: parsed.kind === 'tenant' ? 'tenant' : 'platform',
    trigger: parsed.trigger,
    started: time,
    finished: time,
    server: { engine: 'postgresql', version: '15.18', major: 15, timeZone: 'UTC' },
    database: {
      name: 'shop',
      owner: 'app',
      bytes: 10_000_000,
      encoding: 'UTF8',
      collate: 'C.UTF-8',
      ctype: 'C.UTF-8',
      provider: 'libc',
      roles: ['app'],
      extensions: [{ name: 'plpgsql', version: '1.0', schema: 'pg_catalog' }],
    },
    snapshot: { taken: time, lsn: '0/16B3748', standby: false },
    dump: {
      format: 'custom',
      archiveVersion: '1.14',
      selection: { schemas: [], excludeSchemas: [], tables: [], excludeTables: [], excludeTableData: [], parts: 'all' },
      sourceCounts: 'agreed',
    },
    fingerprint: {
      covers: 'content',
      tables: [{ schema: 'public', table: 'Product', rows: 41, sha256, bytes: 8, columns: ['id', 'name'] }],
      sequences: [{ schema: 'public', sequence: 'Product_id_seq', value: '41', called: true }],
      inventory: { objects: { TABLE: { count: 1, sha256 } } },
    },
    payloads: [
      {
        file: 'database.dump.zst',
        role: 'archive',
        bytes: samplePayload.length,
        sha256,
        encodings: ['zstd'],
        contentBytes: 20,
      },
    ],
    tools: { pg_dump: '15.18' },
    origin: {},
    recoveryPoint: id,
    notes: [],
    ...differs,
  })
}

/**
 * Puts a complete backup into a store, with marks such as `suspect` or `pins/audit`; `modified` is the time of its
 * objects. `files`: ZIPs of tenants, with their IDs.
 */
export function putBackup(
  store: MemoryStore,
  id: string,
  {
    name = 'shop',
    marks = [] as string[],
    modified = parseBackupId(id)?.time ?? new Date(0),
    manifest = true,
    files = {} as Readonly<Record<string, readonly string[]>>,
  } = {},
): void {
  const put = (file: string, text: string | Buffer) =>
    store.objects.set(`${name}/${id}/${file}`, { content: Buffer.from(text), modified })
  const plain = sampleManifest(id, { name })
  const [payload] = plain.payloads as [Payload]
  const zips = Object.entries(files).map(([file, tenants]): Payload => ({ ...payload, file, role: 'tenant', tenants }))
  const made = zips.length === 0 ? plain : sampleManifest(id, { name, payloads: [payload, ...zips] })
  for (const { file } of zips) put(file, samplePayload)
  put('database.dump.zst', samplePayload)
  put('SHA256SUMS', sumsText(made.payloads))
  for (const mark of marks) put(mark, '{}')
  if (manifest) put('manifest.json', manifestText(made))
}
