// Settings of a scratch server: for speed, because its data is deleted after the drill.
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { ScratchRequest } from '../../../ports/drill.ts'

/** Server parameters for any temporary server into which much data is loaded. */
export const scratchSettings: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '8GB',
  checkpoint_timeout: '1h',
  autovacuum: 'off',
  jit: 'off',
  shared_buffers: '256MB',
  maintenance_work_mem: '256MB',
  // Statements contain rows, and the end of the log may be shown.
  log_min_error_statement: 'panic',
}

/**
 * Adds connections for the workers of this drill, and locks for all objects: one transaction locks them all, as does
 * pg_dump.
 */
export function settingsFor({ manifest, jobs }: ScratchRequest): Record<string, string> {
  const connections = 3 * jobs + 20
  return {
    ...scratchSettings,
    max_connections: String(connections),
    max_locks_per_transaction: String(Math.max(256, Math.ceil((4 * objectsOf(manifest)) / connections))),
  }
}

const manyObjects = 10_000
const fewBytesPerObject = 16_384

/**
 * Whether one transaction restores the archive faster than parallel workers: it has many objects and few rows. Measured
 * with pg_restore 15: 17 instead of 48 s for 10,000 tables of five rows; no difference for 3,000.
 */
export function isFasterInOneTransaction(manifest: PostgresManifest): boolean {
  const objects = objectsOf(manifest)
  const bytes = manifest.payloads.reduce((sum, { contentBytes }) => sum + contentBytes, 0)
  return objects >= manyObjects && bytes <= objects * fewBytesPerObject
}

function objectsOf({ fingerprint }: PostgresManifest): number {
  return Object.values(fingerprint.inventory?.objects ?? {}).reduce((sum, { count }) => sum + count, 0)
}
