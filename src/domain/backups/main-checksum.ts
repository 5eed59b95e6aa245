// The one digest that stands for a backup, where a single number must do.
import { createHash } from 'node:crypto'
import type { Manifest, Payload } from '../manifest/manifest.ts'
import { sumsText } from './sums.ts'

/**
 * SHA-256 (hex) of the main payload as it is stored: the archive. The directory format has no single one: there it is
 * the SHA-256 of the backup's SHA256SUMS, which names every file; so it is with several tenants, and several masters of
 * a Redis Cluster. Of one tenant it is the ZIP, of one Redis the RDB. So `sha256sum` of one stored file gives it in
 * either case.
 */
export function mainChecksum({ payloads }: Pick<Manifest, 'payloads'>): string | undefined {
  const ofRole = (...roles: Payload['role'][]) => payloads.filter(({ role }) => roles.includes(role))
  const parts = [ofRole('tenant'), ofRole('rdb')].find((found) => found.length > 0)
  if (parts?.length === 1) return parts[0]?.sha256
  if (parts || ofRole('archive-part').length > 0) return createHash('sha256').update(sumsText(payloads)).digest('hex')
  return ofRole('archive')[0]?.sha256
}
