// Number of bytes that a drill loads, for its record.
import type { Manifest } from '../manifest/manifest.ts'

/** Stored bytes of the loaded payloads, and their bytes before compression. */
export function bytesOf({ payloads }: Manifest): { bytes: number; contentBytes: number } {
  const loaded = payloads.filter(({ role }) => role !== 'globals')
  return {
    bytes: loaded.reduce((sum, payload) => sum + payload.bytes, 0),
    contentBytes: loaded.reduce((sum, payload) => sum + payload.contentBytes, 0),
  }
}
