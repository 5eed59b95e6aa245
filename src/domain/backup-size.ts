// How large a backup is, and whether two are of the same sort, so that their sizes can be compared.
import type { ManifestContent, Payload, Selection } from './manifest.ts'
import type { Size } from './shrink.ts'

/**
 * A backup's size as shrinking is judged by: rows, and bytes of the dump before compression. Of Redis only keys that do
 * not expire count, and no bytes: what a cache holds comes and goes.
 */
export function sizeOf(content: ManifestContent, payloads: readonly Payload[]): Size {
  if (content.kind === 'redis') {
    const lasting = content.fingerprint.databases.reduce((sum, { keys, expiring }) => sum + keys - expiring, 0)
    return { rows: lasting, bytes: 0 }
  }
  return {
    rows: content.fingerprint.tables.reduce((sum, { rows }) => sum + rows, 0),
    bytes: payloads.filter(({ role }) => role !== 'globals').reduce((sum, { contentBytes }) => sum + contentBytes, 0),
  }
}

/** Whether it leaves nothing out; a backup of tenants is as whole as what was asked for. */
export function isWhole(content: ManifestContent): boolean {
  switch (content.kind) {
    case 'redis':
      return content.dump.patterns === undefined && content.dump.databases === undefined
    case 'tenant':
      return true
    default:
      return selectsAll(content.dump.selection)
  }
}

/** Wholes are compared with wholes, and tenants with the same tenants. */
export function hasComparableSize(one: ManifestContent, other: ManifestContent): boolean {
  if (one.kind !== other.kind || !isWhole(one) || !isWhole(other)) return false
  const [mine, others] = [tenantsOf(one), tenantsOf(other)]
  if (!mine || !others) return mine === others
  return String(mine.asked) === String(others.asked) && mine.includesShared === others.includesShared
}

function tenantsOf(content: ManifestContent) {
  return content.kind === 'redis' ? undefined : content.tenants
}

function selectsAll({ parts, ...patterns }: Selection): boolean {
  return parts === 'all' && Object.values(patterns).every((list) => list.length === 0)
}
