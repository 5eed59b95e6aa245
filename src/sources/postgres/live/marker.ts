// The marker in a database's comment: which restore made it or put it aside, and for which live database.

export interface Marker {
  /** `restoring`: being loaded; `before`: what was live until a swap; `undone`: what was live until an undo. */
  readonly role: 'restoring' | 'before' | 'undone'
  /** The live database it belongs to. */
  readonly database: string
  readonly backup: string
  /** ISO 8601, by the server's clock. */
  readonly time: string
  /** 64-bit transaction id of the swap, decimal. */
  readonly xid?: string
  /** Object id of the database that took its place. */
  readonly replacedBy?: number
}

const opening = 'resguardo restore: '
const shape = new RegExp(`(?:^|\\n\\n)${opening}(\\{.*\\})$`, 's')

/** A comment that keeps what was there and carries the marker. */
export function withMarker(comment: string | undefined, marker: Marker): string {
  return `${comment ? `${comment}\n\n` : ''}${opening}${JSON.stringify(marker)}`
}

/** Takes a comment apart: what people wrote, and the marker if it carries one. */
export function readComment(text: string | null | undefined): { readonly comment: string | undefined; readonly marker?: Marker } {
  if (!text) return { comment: undefined }
  const match = shape.exec(text)
  const marker = match ? parse(match[1] as string) : undefined
  if (!match || !marker) return { comment: text }
  return { comment: text.slice(0, match.index) || undefined, marker }
}

function parse(json: string): Marker | undefined {
  try {
    const found = JSON.parse(json) as Partial<Marker>
    const whole =
      typeof found.database === 'string' &&
      typeof found.backup === 'string' &&
      typeof found.time === 'string' &&
      (found.xid === undefined || /^\d+$/.test(found.xid)) &&
      ['restoring', 'before', 'undone'].includes(found.role ?? '')
    return whole ? (found as Marker) : undefined
  } catch {
    return undefined
  }
}
