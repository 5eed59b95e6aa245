// Completes a backup in each store: confirms the bytes, then writes SHA256SUMS, marks and, last, the manifest.
import { manifestFile, sumsFile } from '../../domain/backups/backup.ts'
import { asFailure } from '../../domain/failures/failure.ts'
import type { FailureKind } from '../../domain/failures/failure-kinds.ts'
import type { Payload } from '../../domain/manifest/manifest.ts'
import type { Reporter, Store, Written } from '../../ports/common.ts'
import { endsSoon, settledWithin } from '../../streams/time-limits.ts'
import { readBack } from '../../streams/verified-read.ts'
import { AllStoresFailed, type Destination } from '../../streams/write-to-stores.ts'
import { mapConcurrently } from '../map-concurrently.ts'
import { writeSignature } from '../signatures/write-signature.ts'

/**
 * `full` reads everything back. `auto` accepts a digest that the store itself computed, and reads back if there is
 * none.
 */
export type ConfirmBytes = 'auto' | 'full'

export interface StoredPayload {
  readonly payload: Payload
  readonly written: ReadonlyMap<Destination, Written>
}

interface CompleteRequest {
  readonly prefix: string
  readonly destinations: readonly Destination[]
  readonly stored: readonly StoredPayload[]
  readonly sums: string
  readonly manifest: string
  /** Names of empty objects to write next to the manifest. */
  readonly markers: readonly string[]
  /** Time (ISO 8601) of the signature, in stores with a key. Absent: manifest and marks are already signed. */
  readonly signedAt?: string
  readonly confirmBytes: ConfirmBytes
  /** Called for each store before its manifest is written. */
  readonly beforeManifest?: (store: Store) => Promise<void>
  /** The store had a complete copy before, so a failure removes nothing. */
  readonly keepOnFailure?: boolean
  readonly world: { readonly reporter: Reporter; readonly signal: AbortSignal }
}

/**
 * Completes the backup in every store that has not failed. Marks a store that fails now; throws AllStoresFailed if none
 * is left.
 */
export async function completeBackup(
  request: CompleteRequest,
): Promise<{ address: string; confirmed: 'digest' | 'read-back' }[]> {
  const standing = request.destinations.filter(({ failure }) => !failure)
  const done = await Promise.all(
    standing.map(async (destination) => {
      try {
        const confirmed = await confirm(destination, request)
        await endsSoon(writeRecords(destination, request), request.world.signal, recordsLimit)
        destination.completed = true
        return [{ address: destination.store.address, confirmed }]
      } catch (error) {
        destination.failure = asFailure(error)
        destination.mayComplete &&= unknown.has(destination.failure.kind)
        if (!request.keepOnFailure) await discardBackup(request.prefix, [destination], request.world.signal)
        return []
      }
    }),
  )
  request.world.signal.throwIfAborted()
  if (!done.some((list) => list.length > 0)) throw new AllStoresFailed()
  return done.flat()
}

/** Seconds after an interruption in which a store may still write a small object. */
const recordsLimit = 1

/** Kinds of failures after which the store may still complete the write. */
const unknown = new Set<FailureKind>(['unreachable', 'interrupted'])

/** Number of files to read back concurrently: with thousands of small files, most of the time is latency. */
const atOnce = 4

async function confirm(destination: Destination, request: CompleteRequest): Promise<'digest' | 'read-back'> {
  const { reporter, signal } = request.world
  const unsure = request.stored.filter(
    ({ written }) => request.confirmBytes === 'full' || !written.get(destination)?.digestConfirmed,
  )
  const what = `read back from ${destination.store.address}`
  let total = 0
  await mapConcurrently(atOnce, unsure, async ({ payload }) => {
    let before = 0
    await readBack(destination.store, request.prefix + payload.file, payload, signal, (bytes) => {
      total += bytes - before
      before = bytes
      reporter.progress({ what, bytes: total })
    })
  })
  return unsure.length > 0 ? 'read-back' : 'digest'
}

async function writeRecords(destination: Destination, request: CompleteRequest): Promise<void> {
  const { store } = destination
  const text = new TextEncoder()
  await store.create(request.prefix + sumsFile, text.encode(request.sums))
  for (const marker of request.markers) await store.create(request.prefix + marker, new Uint8Array())
  await request.beforeManifest?.(store)
  const { prefix, manifest: content, markers: marks, signedAt: time } = request
  if (time !== undefined) await writeSignature(store, { prefix, file: manifestFile, content, marks, time })
  request.world.signal.throwIfAborted()
  destination.mayComplete = true
  await store.create(request.prefix + manifestFile, text.encode(request.manifest))
}

/**
 * Removes the objects of an unfinished backup, unless the store may still complete it: a backup must not lose its
 * payloads. Never throws. Waits at most 4 seconds, or 0.7 after an interruption. Objects that remain have no manifest,
 * so they are no backup, and a later prune removes them.
 */
export async function discardBackup(
  prefix: string,
  destinations: readonly Destination[],
  signal: AbortSignal,
): Promise<void> {
  const removing = Promise.allSettled(
    destinations.map(async ({ store, mayComplete }) => {
      if (mayComplete) return
      const keys: string[] = []
      for await (const { key } of store.list(prefix)) keys.push(key)
      // A manifest that was stored after all is removed first.
      keys.sort((a, b) => Number(b.endsWith(manifestFile)) - Number(a.endsWith(manifestFile)))
      for await (const _ of store.remove(keys));
    }),
  )
  await settledWithin(removing, signal.aborted ? 0.7 : 4)
}
