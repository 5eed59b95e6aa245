// The content of payloads: verified chunk by chunk, then decompressed to the length that the manifest states.
import type { FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { backupPrefix } from '../domain/backups/backup.ts'
import type { Manifest, Payload } from '../domain/manifest/manifest.ts'
import type { Store } from '../ports/common.ts'
import type { PayloadSource } from '../ports/platform.ts'
import { openVerified } from './verified-read.ts'
import { decompress, decompressInto } from './zstd/zstd.ts'

/** One source per payload of a backup, in the manifest's order. Nothing is read until one is opened. */
export function payloadSources(store: Store, manifest: Manifest, signal: AbortSignal): PayloadSource[] {
  return manifest.payloads.map((payload) => {
    const key = backupPrefix(manifest.name, manifest.id) + payload.file
    const stored = () => openVerified(store, key, payload, signal)
    const place = `${key} in ${store.address}`
    return {
      payload,
      open: async () => contentOf(await stored(), payload, place),
      save: async (file, stop) => saveContent(file, await stored(), payload, place, stop),
    }
  })
}

function contentOf(stored: Readable, { encodings, contentBytes }: Payload, place: string): Readable {
  return encodings.includes('zstd') ? decompress(stored, contentBytes, place).output : stored
}

async function saveContent(
  file: FileHandle,
  stored: Readable,
  { encodings, contentBytes }: Payload,
  place: string,
  signal: AbortSignal,
): Promise<void> {
  if (encodings.includes('zstd')) await decompressInto(file, stored, contentBytes, place, signal)
  else await pipeline(stored, file.createWriteStream({ autoClose: false }), { signal })
}
