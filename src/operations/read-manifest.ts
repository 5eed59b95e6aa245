// Reads the manifest of a backup, and other small objects, from a store.
import { backupPrefix, manifestFile } from '../domain/backup.ts'
import type { BackupEntry } from '../domain/catalogue.ts'
import { asFailure, Failure } from '../domain/failure.ts'
import type { Manifest } from '../domain/manifest.ts'
import { manifestText, parseManifest } from '../domain/manifest-json.ts'
import { formatBytes } from '../domain/quantities.ts'
import type { Store } from './ports.ts'

/** A manifest larger than this is none: a hundred thousand tables take a tenth of it. */
const largestManifest = 512 << 20

/**
 * The manifest of a backup, checked: whole, with its own digest, and of this very id and name.
 * Throws Failure('integrity') otherwise, and if it is missing; Failure('refused') if a newer Resguardo made it.
 */
export async function readManifest(
  store: Store,
  entry: Pick<BackupEntry, 'name' | 'id'>,
  signal?: AbortSignal,
): Promise<Manifest> {
  const key = backupPrefix(entry.name, entry.id.text) + manifestFile
  const text = await readObject(store, key, largestManifest, signal)
  if (text === undefined) {
    throw new Failure('backup/incomplete', `${entry.id.text} has no manifest in ${store.address}: it is not a whole backup`, {
      hint: 'Choose another backup: `resguardo list`. What is left of this one goes at the next prune.',
    })
  }
  const manifest = parse(text, `${store.address}: ${key}`)
  if (manifest.id === entry.id.text && manifest.name === entry.name) return manifest
  throw new Failure('manifest/misplaced', `${key} in ${store.address} is the manifest of ${manifest.name}/${manifest.id}`, {
    hint: 'Somebody moved or copied files between backups. Put them back, or use another copy.',
  })
}

function parse(text: string, where: string): Manifest {
  try {
    const manifest = parseManifest(text)
    if (manifestText(manifest) === text) return manifest
    throw new Failure('manifest/damaged', 'the manifest says what it said, but was written anew: not a byte of it may change', {
      hint: 'Put back the file as it was, or use another copy of this backup.',
    })
  } catch (error) {
    const failure = asFailure(error)
    throw failure.restate(`${where}: ${failure.message}`)
  }
}

/**
 * A small object's text, or undefined if there is none. Throws Failure('integrity') if it is larger than `limit` bytes
 * (that of a manifest by default) or not UTF-8.
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
    if (bytes > limit) throw notWhatItSays(store, key, `larger than ${formatBytes(limit)}`)
    chunks.push(chunk as Uint8Array)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
  } catch (error) {
    throw notWhatItSays(store, key, 'not text in UTF-8', error)
  }
}

function notWhatItSays(store: Store, key: string, what: string, cause?: unknown): Failure {
  return new Failure('manifest/damaged', `${key} in ${store.address} is damaged: it is ${what}`, {
    hint: 'Use another copy of this backup (another store), or another backup.',
    cause,
  })
}
