// The one digest that stands for a backup, where a single number must do.
import { createHash } from 'node:crypto'
import type { Manifest } from './manifest.ts'
import { sumsText } from './sums.ts'

/**
 * SHA-256 (hex) of the main payload as it is stored: the archive. The directory format has no single one: there it is
 * the SHA-256 of the backup's SHA256SUMS, which names every file; so it is with several tenants. Of one tenant it is the ZIP. So `sha256sum` of one stored file gives it in either case.
 */
export function mainChecksum({ dump, payloads }: Pick<Manifest, 'dump' | 'payloads'>): string | undefined {
  const tenants = payloads.filter(({ role }) => role === 'tenant')
  if (tenants.length === 1) return tenants[0]?.sha256
  if (dump.format === 'directory' || tenants.length > 1) return createHash('sha256').update(sumsText(payloads)).digest('hex')
  return payloads.find(({ role }) => role === 'archive')?.sha256
}
