// A tenant's id as the name of a file: safe on every file system, never the same for two ids.
import { createHash } from 'node:crypto'

/** No device of Windows, which means `nul.zip` too. */
const plain = /^(?!(?:con|prn|aux|nul|com\d|lpt\d)$)[a-z0-9][a-z0-9_-]{0,63}$/

/**
 * `tenants/<id>.zip` where the id is short and plain; else what is plain in it and the SHA-256 of it, joined by `~`,
 * which no plain id has. Capital letters are not plain: on some file systems `A` and `a` are one.
 */
export function tenantFile(id: string): string {
  if (plain.test(id)) return `tenants/${id}.zip`
  const readable = id
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
  return `tenants/${readable}~${createHash('sha256').update(id).digest('hex').slice(0, 24)}.zip`
}
