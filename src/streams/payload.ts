// Payloads on their way back: verified and decompressed as they flow.
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { backupPrefix } from '../domain/backup.ts'
import { Failure } from '../domain/failure.ts'
import type { Manifest, Payload } from '../domain/manifest.ts'
import type { PayloadSource } from '../operations/platform-ports.ts'
import type { Store } from '../operations/ports.ts'
import { damagedHint, judge } from './read-back.ts'
import { decompress } from './zstd.ts'

/** One source per payload of a backup, in the manifest's order. Nothing is read until one is opened. */
export function payloadSources(store: Store, manifest: Manifest, signal: AbortSignal): PayloadSource[] {
  return manifest.payloads.map((payload) => ({
    payload,
    open: () => openPayload(store, backupPrefix(manifest.name, manifest.id) + payload.file, payload, signal),
  }))
}

async function openPayload(store: Store, key: string, payload: Payload, signal: AbortSignal): Promise<Readable> {
  const stored = await store.read(key, { signal })
  if (!stored) throw new Failure('integrity', `${key} is missing in ${store.address}`, { hint: damagedHint })
  const verified = Readable.from(verify(stored, key, store.address, payload), { objectMode: false, highWaterMark: 1 << 18 })
  if (!payload.encodings.includes('zstd')) return verified
  const { output } = decompress(verified)
  return output
}

async function* verify(stored: Readable, key: string, where: string, payload: Payload): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256')
  let bytes = 0
  for await (const chunk of stored) {
    digest.update(chunk as Uint8Array)
    bytes += (chunk as Uint8Array).length
    yield chunk as Uint8Array
  }
  judge(key, where, { bytes, sha256: digest.digest('hex') }, payload)
}
