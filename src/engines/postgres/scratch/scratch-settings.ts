// Settings of a scratch server: for speed, because its data is deleted after the drill.
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
  const objects = Object.values(manifest.fingerprint.inventory?.objects ?? {}).reduce(
    (sum, { count }) => sum + count,
    0,
  )
  return {
    ...scratchSettings,
    max_connections: String(connections),
    max_locks_per_transaction: String(Math.max(256, Math.ceil((4 * objects) / connections))),
  }
}
