// The marker in the comment of a database or a schema: which restore created it or put it aside, and for which live
// database.

export interface Marker {
  /**
   * `restoring`: being loaded; `before`: live until a swap; `undone`: live until an undo; `live`: live since a swap, or
   * changed by a restore that put no database aside; `copy`: a schema that a restore with --target-schema created.
   */
  readonly role: 'restoring' | 'before' | 'undone' | 'live' | 'copy'
  /** The live database to which it belongs. */
  readonly database: string
  readonly backup: string
  /** ISO 8601, by the server's clock. */
  readonly time: string
  /** 64-bit transaction ID of the swap, decimal. */
  readonly xid?: string
  /** `before` and `undone`: OID of the database that replaced it. */
  readonly replacedBy?: number
  /** `live`: OID of the database that the last swap put aside. */
  readonly replaced?: number | undefined
  /** `live`: a later restore put no database aside: it was in place, of a tenant or into a schema. */
  readonly inPlace?: true
  /** `live`, in place: the restored tenant, if the restore was of a tenant. */
  readonly tenant?: string | undefined
  /** `live`, in place, and `copy`: the schema into which tables were restored. */
  readonly schema?: string | undefined
  /** `live`, in place: ID of the backup that was made before the restore. */
  readonly safetyBackup?: string | undefined
  /** `before`: the `live` marker that the database carried when it was put aside. */
  readonly earlier?: Marker
}

const opening = 'resguardo restore: '
const shape = new RegExp(`(?:^|\\n\\n)${opening}(\\{.*\\})$`, 's')

/** Returns the comment with the marker, if there is one, appended. */
export function withMarker(comment: string | undefined, marker: Marker): string
export function withMarker(comment: string | undefined, marker: Marker | undefined): string | undefined
export function withMarker(comment: string | undefined, marker: Marker | undefined): string | undefined {
  if (!marker) return comment
  return `${comment ? `${comment}\n\n` : ''}${opening}${JSON.stringify(marker)}`
}

/** Splits a comment into the users' text and the marker, if it has one. */
export function readComment(text: string | null | undefined): {
  readonly comment: string | undefined
  readonly marker?: Marker
} {
  if (!text) return { comment: undefined }
  const match = shape.exec(text)
  const marker = match ? parse(match[1] as string) : undefined
  if (!match || !marker) return { comment: text }
  return { comment: text.slice(0, match.index) || undefined, marker }
}

function parse(json: string): Marker | undefined {
  try {
    const found: unknown = JSON.parse(json)
    return isMarker(found, 1) ? found : undefined
  } catch {
    return undefined
  }
}

function isMarker(value: unknown, nested: number): value is Marker {
  if (typeof value !== 'object' || value === null) return false
  const found = value as Partial<Record<keyof Marker, unknown>>
  return (
    typeof found.database === 'string' &&
    typeof found.backup === 'string' &&
    typeof found.time === 'string' &&
    (found.xid === undefined || (typeof found.xid === 'string' && /^\d+$/.test(found.xid))) &&
    isOid(found.replacedBy) &&
    isOid(found.replaced) &&
    (found.inPlace === undefined || found.inPlace === true) &&
    [found.safetyBackup, found.tenant, found.schema].every((text) => text === undefined || typeof text === 'string') &&
    ['restoring', 'before', 'undone', 'live', 'copy'].includes(String(found.role)) &&
    (found.earlier === undefined || (nested > 0 && isMarker(found.earlier, nested - 1)))
  )
}

const isOid = (value: unknown): boolean => value === undefined || Number.isSafeInteger(value)

/**
 * Whether the comment of a schema marks it as a copy. A schema that was renamed is none: it may have taken the place of
 * the original.
 */
export function isCopy(schema: string, comment: string | null): boolean {
  const { marker } = readComment(comment)
  return marker?.role === 'copy' && marker.schema === schema
}

/**
 * Removes the marker from a `COMMENT ON DATABASE` statement of pg_dump: a marker belongs to one server and is not
 * restored elsewhere.
 */
export function withoutMarker(statement: string): string {
  return statement.replace(/(?:(?<= IS E?')|\n\n)resguardo restore: \{.*\}(?=';?$)/s, '')
}
