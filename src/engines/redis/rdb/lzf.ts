// LZF, the compression of strings in an RDB: runs of literal bytes, and references to the last 8 KB.

/**
 * Decompresses `from[at, end)` into `to` until `to` is full or the input ends. Returns the bytes written, or -1 for an
 * invalid reference or truncated input. A reference or run that is longer than `to` is cut.
 */
export function unpackLzf(from: Uint8Array, at: number, end: number, to: Uint8Array): number {
  const room = to.length
  let out = 0
  let read = at
  while (read < end && out < room) {
    const control = from[read++] as number
    if (control < 0x20) {
      const stop = Math.min(out + control + 1, room)
      if (read + (stop - out) > end) return -1
      while (out < stop) to[out++] = from[read++] as number
      continue
    }
    let length = control >> 5
    if (length === 7) length += from[read++] ?? 0
    if (read >= end) return -1
    let back = out - ((control & 0x1f) << 8) - (from[read++] as number) - 1
    if (back < 0) return -1
    const stop = Math.min(out + length + 2, room)
    while (out < stop) to[out++] = to[back++] as number
  }
  return out
}
