// How many bytes a drill loads, for its record.
import type { Manifest } from '../manifest/manifest.ts'

/** Stored bytes of what is loaded, and bytes before compression. */
export function bytesOf({ payloads }: Manifest): { bytes: number; contentBytes: number } {
  const loaded = payloads.filter(({ role }) => role !== 'globals')
  return {
    bytes: loaded.reduce((sum, payload) => sum + payload.bytes, 0),
    contentBytes: loaded.reduce((sum, payload) => sum + payload.contentBytes, 0),
  }
}
