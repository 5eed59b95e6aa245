// Chunks of a stored file: a reader verifies each one before it passes it on. Why a digest covers a prefix:
// docs/decisions/0011-digests-of-prefixes.md.

/** Bytes of a chunk; the last one of a file may be shorter. */
export const chunkBytes = 16 << 20

/** Number of chunks before the last one: the number of digests of prefixes in a manifest. */
export function prefixCount(bytes: number): number {
  return Math.max(0, Math.ceil(bytes / chunkBytes) - 1)
}
