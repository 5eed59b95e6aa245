// Copies a backup from one store to others and verifies the bytes on both sides; repairs damaged or unfinished copies.
import { backupPrefix, manifestFile, sumsFile } from '../../domain/backups/backup.ts'
import type { BackupEntry } from '../../domain/backups/catalogue.ts'
import { signatureEnding } from '../../domain/backups/marks.ts'
import { sumsText } from '../../domain/backups/sums.ts'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Manifest, Payload } from '../../domain/manifest/manifest.ts'
import { manifestText } from '../../domain/manifest/manifest-json.ts'
import type { Reporter, Store } from '../../ports/common.ts'
import { openVerified, readBack } from '../../streams/verified-read.ts'
import { AllStoresFailed, type Destination, writeToStores } from '../../streams/write-to-stores.ts'
import { readManifest } from '../catalogue/read-manifest.ts'
import { readSignature } from '../signatures/read-signature.ts'
import { readObject } from '../stores/read-object.ts'
import { type ConfirmBytes, completeBackup, discardBackup, type StoredPayload } from './complete-backup.ts'

interface CopyRequest {
  readonly from: Store
  readonly entry: BackupEntry
  readonly to: readonly Store[]
  readonly confirmBytes: ConfirmBytes
}

export type CopyState = 'copied' | 'repaired' | 'was-whole'

export interface Copied {
  readonly manifest: Manifest
  readonly stores: readonly { readonly address: string; readonly state: CopyState; readonly files: number }[]
}

interface CopyWorld {
  readonly reporter: Reporter
  readonly signal: AbortSignal
}

/** Copies to each store in turn. Throws after all were tried if one failed; a failed store has no new backup. */
export async function copyBackup(request: CopyRequest, world: CopyWorld): Promise<Copied> {
  const manifest = await readManifest(request.from, request.entry)
  const stores: { address: string; state: CopyState; files: number }[] = []
  const failures: Failure[] = []
  for (const store of request.to) {
    try {
      await store.check(true)
      stores.push({ address: store.address, ...(await copyTo(store, manifest, request, world)) })
    } catch (error) {
      world.signal.throwIfAborted()
      const failure = asFailure(error)
      world.reporter.warn(`${store.address}: ${failure.message}`)
      failures.push(failure)
    }
  }
  const [first] = failures
  if (first) throw first
  return { manifest, stores }
}

async function copyTo(
  store: Store,
  manifest: Manifest,
  request: CopyRequest,
  world: CopyWorld,
): Promise<{ state: CopyState; files: number }> {
  const prefix = backupPrefix(manifest.name, manifest.id)
  const there = await readObject(store, prefix + manifestFile)
  if (there !== undefined && there !== manifestText(manifest)) {
    throw new Failure('store/object-exists', `${store.address} has a different backup under ${prefix}`, {
      hint: 'One of the two is damaged. Run `resguardo checksum` on both stores to find out which.',
    })
  }
  const wanted = there === undefined ? manifest.payloads : await damagedPayloads(store, manifest, prefix, world)
  if (there !== undefined && wanted.length === 0) {
    return { state: (await copySignature(store, prefix, request)) ? 'repaired' : 'was-whole', files: 0 }
  }
  const destination: Destination = { store }
  try {
    const stored = await copyPayloads(wanted, prefix, destination, request, world)
    const complete = () =>
      completeBackup({
        prefix,
        destinations: [destination],
        stored,
        sums: sumsText(manifest.payloads),
        manifest: manifestText(manifest),
        markers: [],
        confirmBytes: request.confirmBytes,
        world,
        beforeManifest: (to) => copyMarks(request, prefix, manifest, to),
        keepOnFailure: there !== undefined,
      })
    await world.reporter.phase(`Verifying the bytes stored in ${store.address}`, complete)
  } catch (error) {
    if (there === undefined) await discardBackup(prefix, [destination], world.signal)
    throw error instanceof AllStoresFailed ? (destination.failure ?? error) : error
  }
  return { state: there === undefined ? 'copied' : 'repaired', files: wanted.length }
}

async function copyPayloads(
  payloads: readonly Payload[],
  prefix: string,
  destination: Destination,
  request: CopyRequest,
  world: CopyWorld,
): Promise<StoredPayload[]> {
  const { from } = request
  const of = payloads.reduce((sum, { bytes }) => sum + bytes, 0)
  return world.reporter.phase(`Copying from ${from.address} to ${destination.store.address}`, async () => {
    const stored: StoredPayload[] = []
    let before = 0
    for (const payload of payloads) {
      const key = prefix + payload.file
      const { written } = await writeToStores({
        source: await openVerified(from, key, payload, world.signal),
        key,
        estimate: payload.bytes,
        destinations: [destination],
        compression: { method: 'none' },
        signal: world.signal,
        onProgress: (bytes) => world.reporter.progress({ what: 'copied', bytes: before + bytes, of }),
      })
      before += payload.bytes
      stored.push({ payload, written })
    }
    return stored
  })
}

/** Copies drill records, pins and marks too, because they belong to the backup. */
async function copyMarks(request: CopyRequest, prefix: string, manifest: Manifest, to: Store): Promise<void> {
  const own = new Set([manifestFile, sumsFile, ...manifest.payloads.map(({ file }) => file)])
  for (const { key } of request.entry.keys) {
    if (own.has(key.slice(prefix.length))) continue
    const content = await readObject(request.from, key)
    if (content !== undefined) await to.create(key, new TextEncoder().encode(content))
  }
}

/**
 * Copies the signature if it is missing or invalid: a complete copy can be older than the signature of its backup, or
 * have a different signature. Returns whether it did.
 */
async function copySignature(to: Store, prefix: string, { from }: CopyRequest): Promise<boolean> {
  const key = prefix + manifestFile + signatureEnding
  const signature = await readObject(from, key)
  const there = await readObject(to, key)
  if (signature === undefined || there === signature) return false
  if (there !== undefined) {
    if (!('fault' in (await readSignature(to, prefix + manifestFile)))) return false
    for await (const _ of to.remove([key]));
  }
  await to.create(key, new TextEncoder().encode(signature))
  return true
}

async function damagedPayloads(store: Store, manifest: Manifest, prefix: string, world: CopyWorld): Promise<Payload[]> {
  const damaged: Payload[] = []
  for (const payload of manifest.payloads) {
    try {
      await readBack(store, prefix + payload.file, payload, world.signal)
    } catch (error) {
      if (asFailure(error).kind !== 'integrity') throw error
      damaged.push(payload)
    }
  }
  return damaged
}
