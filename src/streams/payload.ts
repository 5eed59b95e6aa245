// The content of payloads: verified chunk by chunk, then decompressed to the length that the manifest states.
import type { Readable } from 'node:stream'
import { backupPrefix } from '../domain/backup.ts'
import type { Manifest, Payload } from '../domain/manifest.ts'
import type { PayloadSource } from '../operations/platform-ports.ts'
import type { Store } from '../operations/ports.ts'
import { openVerified } from './verified-read.ts'
import { decompress } from './zstd.ts'

/** One source per payload of a backup, in the manifest's order. Nothing is read until one is opened. */
export function payloadSources(store: Store, manifest: Manifest, signal: AbortSignal): PayloadSource[] {
  return manifest.payloads.map((payload) => ({
    payload,
    open: () => openPayload(store, backupPrefix(manifest.name, manifest.id) + payload.file, payload, signal),
  }))
}

async function openPayload(store: Store, key: string, payload: Payload, signal: AbortSignal): Promise<Readable> {
  const stored = await openVerified(store, key, payload, signal)
  if (!payload.encodings.includes('zstd')) return stored
  return decompress(stored, payload.contentBytes, `${key} in ${store.address}`).output
}
