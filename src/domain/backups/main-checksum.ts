// The main checksum: one digest that identifies the content of a backup.
import { createHash } from 'node:crypto'
import type { Manifest, Payload } from '../manifest/manifest.ts'
import { sumsText } from './sums.ts'

/**
 * SHA-256 (hex) of one stored file, as `sha256sum` prints it: the archive, the ZIP of a single tenant, or the RDB of a
 * single Redis. The directory format, several tenants, and several masters of a Redis Cluster have no such file: then
 * it is the SHA-256 of the backup's SHA256SUMS, which names every file.
 */
export function mainChecksum({ payloads }: Pick<Manifest, 'payloads'>): string | undefined {
  const ofRole = (...roles: Payload['role'][]) => payloads.filter(({ role }) => roles.includes(role))
  const parts = [ofRole('tenant'), ofRole('rdb')].find((found) => found.length > 0)
  if (parts?.length === 1) return parts[0]?.sha256
  if (parts || ofRole('archive-part').length > 0) return createHash('sha256').update(sumsText(payloads)).digest('hex')
  return ofRole('archive')[0]?.sha256
}
