// A backup in one line, for plans and confirmations.
import type { PostgresManifest } from '../../domain/manifest/manifest.ts'
import { formatBytes } from '../../domain/text/quantities.ts'

/** For a checklist: what the backup is. */
export function describeBackup({ id, database, fingerprint, payloads, snapshot }: PostgresManifest): string {
  const bytes = payloads.reduce((sum, payload) => sum + payload.bytes, 0)
  return `${id}: ${database.name}, data as of ${snapshot.taken}, ${fingerprint.tables.length} tables, ${formatBytes(bytes)} stored`
}
