// Reads a small object of a store into memory.
import { Failure } from '../../domain/failures/failure.ts'
import { largestManifest } from '../../domain/manifest/manifest-json.ts'
import { formatBytes } from '../../domain/text/quantities.ts'
import type { Store } from '../../ports/common.ts'

/**
 * Returns the text of an object, or undefined if there is no such object. Throws a failure of kind integrity if it is
 * larger than `limit` bytes (default: the limit of a manifest) or not UTF-8.
 */
export async function readObject(
  store: Store,
  key: string,
  limit = largestManifest,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const stream = await store.readUnverified(key, signal ? { signal } : {})
  if (stream === undefined) return undefined
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += (chunk as Uint8Array).length
    if (bytes > limit) throw damagedObject(store, key, `larger than ${formatBytes(limit)}`)
    chunks.push(chunk as Uint8Array)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
  } catch (error) {
    throw damagedObject(store, key, 'not text in UTF-8', error)
  }
}

function damagedObject(store: Store, key: string, what: string, cause?: unknown): Failure {
  return new Failure('manifest/damaged', `${key} in ${store.address} is damaged: it is ${what}`, {
    hint: 'Use another copy of this backup (another store), or another backup.',
    cause,
  })
}
