// How much a drill restored, as its record tells.
import type { DrillRecord, TriedTenants } from './drill.ts'
import type { Manifest } from './manifest.ts'
import { keysOf } from './redis/redis-fingerprint.ts'

export function countsOf(
  manifest: Manifest,
  tried: TriedTenants | undefined,
): Pick<DrillRecord, 'tables' | 'rows' | 'queues'> {
  if (manifest.kind === 'redis') {
    const { databases, queues } = manifest.fingerprint
    return { tables: databases.length, rows: keysOf(manifest.fingerprint), queues: queues.length }
  }
  const { tables } = manifest.fingerprint
  return { tables: tables.length, rows: tried?.rows ?? tables.reduce((sum, { rows }) => sum + rows, 0) }
}

/** Stored bytes of what is loaded, and bytes before compression. */
export function bytesOf({ payloads }: Manifest): { bytes: number; contentBytes: number } {
  const loaded = payloads.filter(({ role }) => role !== 'globals')
  return {
    bytes: loaded.reduce((sum, payload) => sum + payload.bytes, 0),
    contentBytes: loaded.reduce((sum, payload) => sum + payload.contentBytes, 0),
  }
}
