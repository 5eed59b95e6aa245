// How a scratch server is set: for speed, since nothing in it outlives the drill.
import type { ScratchRequest } from '../../../ports/drill.ts'

/** Lines of postgresql.conf for any throwaway server that is loaded with much data. */
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
  // Statements hold rows, and the end of the log may be shown.
  log_min_error_statement: 'panic',
}

/**
 * The same with room for the workers of this drill, and for a lock on every object: one transaction takes them, and so
 * does pg_dump.
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
