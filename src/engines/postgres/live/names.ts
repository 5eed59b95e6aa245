// Names of databases that a restore creates or puts aside: `shop_before_20261124T020005Z`, within PostgreSQL's 63
// bytes.
import { createHash } from 'node:crypto'

/**
 * Purpose of a database that a restore or drill created. `restoring` (restore) and `making` (scratch of a drill): it is
 * incomplete, and is renamed when it is complete.
 */
type NewDatabaseRole = 'restoring' | 'making' | 'before' | 'undone'

/** PostgreSQL's NAMEDATALEN - 1. */
const longestName = 63

/**
 * Returns a name that is not in `taken`. A live name that does not fit is cut between characters, and a hash of the
 * complete name distinguishes it from other names with the same beginning.
 */
export function newDatabaseName(
  live: string,
  role: NewDatabaseRole,
  stamp: string,
  taken: ReadonlySet<string>,
): string {
  for (let count = 1; ; count += 1) {
    const suffix = `_${role}_${stamp}${count === 1 ? '' : `_${count}`}`
    const name = shorten(live, longestName - suffix.length) + suffix
    if (!taken.has(name)) return name
  }
}

/** Whether the name has the form that `newDatabaseName` creates for this live database and role. */
export function isNewDatabaseName(name: string, live: string, role: NewDatabaseRole): boolean {
  const [suffix] = new RegExp(`_${role}_\\d{8}T\\d{6}Z(?:_[1-9]\\d*)?$`).exec(name) ?? []
  return suffix !== undefined && name === shorten(live, longestName - suffix.length) + suffix
}

function shorten(name: string, bytes: number): string {
  if (Buffer.byteLength(name) <= bytes) return name
  const hash = `_${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
  return cutToBytes(name, bytes - hash.length) + hash
}

/** The longest beginning of a text that fits in this many bytes of UTF-8 and ends between characters. */
export function cutToBytes(text: string, bytes: number): string {
  let kept = ''
  let size = 0
  for (const character of text) {
    size += Buffer.byteLength(character)
    if (size > bytes) break
    kept += character
  }
  return kept
}
