// The one digest that stands for a backup, where a single number must do.
import { createHash } from 'node:crypto'
import type { Manifest } from './manifest.ts'
import { sumsText } from './sums.ts'

/**
 * SHA-256 (hex) of the main payload as it is stored: the archive. The directory format has no single one: there it is
 * the SHA-256 of the backup's SHA256SUMS, which names every file. So `sha256sum` of one stored file gives it in either case.
 */
export function mainChecksum({ dump, payloads }: Pick<Manifest, 'dump' | 'payloads'>): string | undefined {
  if (dump.format === 'directory') return createHash('sha256').update(sumsText(payloads)).digest('hex')
  return payloads.find(({ role }) => role === 'archive')?.sha256
}
