// Describes a backup in one line, for plans and confirmations.
import type { PostgresManifest } from '../../domain/manifest/manifest.ts'
import { formatBytes } from '../../domain/text/quantities.ts'

/** Returns ID, database, time of the data, number of tables and size. */
export function describeBackup({ id, database, fingerprint, payloads, snapshot }: PostgresManifest): string {
  const bytes = payloads.reduce((sum, payload) => sum + payload.bytes, 0)
  return `${id}: ${database.name}, data as of ${snapshot.taken}, ${fingerprint.tables.length} tables, ${formatBytes(bytes)} stored`
}
