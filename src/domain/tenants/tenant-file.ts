// Names of the ZIPs in a backup of tenants.
import { createHash } from 'node:crypto'

/** Excludes device names of Windows, which include `nul.zip`. */
const plain = /^(?!(?:con|prn|aux|nul|com\d|lpt\d)$)[a-z0-9][a-z0-9_-]{0,63}$/

/**
 * File of one tenant, safe on every file system and different for each ID: `tenants/<id>.zip` if the ID is short and
 * plain. Else the plain part of the ID and the start of its SHA-256, joined by `~`, which no plain ID contains. Capital
 * letters are not plain, because some file systems do not distinguish `A` from `a`.
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

/** File of a pack. The name contains the number of its tenants, for commands that read only names. */
export function packFile(number: number, tenants: number): string {
  return `tenants/packs/${String(number).padStart(4, '0')}-${tenants}.zip`
}

/** Number of tenants with rows in a file of `tenants/`. */
export function tenantsInFile(file: string): number {
  return Number(/^tenants\/packs\/\d+-(\d{1,9})\.zip$/.exec(file)?.[1] ?? 1)
}

/** Whether the file is a pack. */
export function isPack(file: string): boolean {
  return file.startsWith('tenants/packs/')
}
