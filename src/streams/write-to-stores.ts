// Writes one stream to all stores at the same time; each byte is compressed, counted and hashed once.
import type { Readable } from 'node:stream'
import { asFailure, type Failure } from '../domain/failures/failure.ts'
import type { Store, StoreWriter, Written } from '../ports/common.ts'
import { PrefixDigest, type StoredDigest } from './prefix-digest.ts'
import { youngGarbage } from './young-garbage.ts'
import { compress, type Filtered } from './zstd/zstd.ts'

/** A store that takes part in a run, until it fails. */
export interface Destination {
  readonly store: Store
  /** Set if the store failed: it receives no more data, the other stores continue. */
  failure?: Failure
  /** Set after its manifest was written: the backup exists in the store. */
  completed?: boolean
  /** Set while its manifest is sent, and if no answer arrived: the store may complete the backup later. */
  mayComplete?: boolean
}

export interface WriteRequest {
  readonly source: Readable
  readonly key: string
  readonly estimate: number
  readonly destinations: readonly Destination[]
  readonly compression:
    | { readonly method: 'none' }
    | { readonly method: 'zstd'; readonly level: number; readonly engine?: 'child' | 'node' | 'auto' }
  readonly signal: AbortSignal
  /** Called with the bytes read from the source so far. */
  readonly onProgress: (bytes: number) => void
}

/** The digests are those of the stored bytes. */
interface StoredResult extends StoredDigest {
  /** Before compression. */
  readonly contentBytes: number
  /** For each destination that has not failed. */
  readonly written: ReadonlyMap<Destination, Written>
}

const batchBytes = 1 << 20
/** Bytes of garbage that each stream leaves, even a short one. */
const perStream = 1 << 17

/**
 * Writes a stream to all destinations. Throws if the source fails, on an interruption, or if all destinations have
 * failed; then nothing is visible under the key. If one destination fails, its `failure` is set and its write is
 * aborted.
 */
export async function writeToStores(request: WriteRequest): Promise<StoredResult> {
  const writers = await openWriters(request)
  let filtered: Filtered | undefined
  const interrupt = (): void => {
    request.source.destroy(asFailure(request.signal.reason))
  }
  request.signal.addEventListener('abort', interrupt, { once: true })
  if (request.signal.aborted) interrupt()
  try {
    const counter = { bytes: 0 }
    const collect = youngGarbage()
    collect(perStream)
    const counted = request.source.on('data', (chunk: Uint8Array) => {
      counter.bytes += chunk.length
      collect(chunk.length)
      request.onProgress(counter.bytes)
    })
    counted.pause()
    filtered =
      request.compression.method === 'zstd'
        ? compress(counted, request.compression.level, request.compression.engine)
        : passed(counted)
    const digest = new PrefixDigest()
    for await (const batch of batches(filtered.output)) {
      digest.update(batch)
      await toEach(writers, (writer) => writer.write(batch))
    }
    await filtered.done
    const written = new Map<Destination, Written>()
    await toEach(writers, async (writer, destination) => {
      written.set(destination, await writer.finish())
    })
    return { ...digest.finish(), contentBytes: counter.bytes, written }
  } catch (error) {
    request.source.destroy()
    await filtered?.stop()
    await Promise.all([...writers.values()].map((writer) => writer.abort()))
    throw error
  } finally {
    request.signal.removeEventListener('abort', interrupt)
  }
}

function passed(source: Readable): Filtered {
  return { output: source, done: Promise.resolve(), stop: async () => {} }
}

async function openWriters(request: WriteRequest): Promise<Map<Destination, StoreWriter>> {
  const writers = new Map<Destination, StoreWriter>()
  await Promise.all(
    request.destinations.map(async (destination) => {
      if (destination.failure) return
      try {
        writers.set(
          destination,
          await destination.store.openWriter(request.key, { estimate: request.estimate, signal: request.signal }),
        )
      } catch (error) {
        destination.failure = asFailure(error)
      }
    }),
  )
  if (writers.size === 0) {
    request.source.destroy()
    throw firstFailure(request.destinations)
  }
  return writers
}

async function toEach(
  writers: Map<Destination, StoreWriter>,
  work: (writer: StoreWriter, destination: Destination) => Promise<void>,
): Promise<void> {
  await Promise.all(
    [...writers].map(async ([destination, writer]) => {
      try {
        await work(writer, destination)
      } catch (error) {
        destination.failure = asFailure(error)
        writers.delete(destination)
        await writer.abort()
      }
    }),
  )
  if (writers.size === 0) throw new AllStoresFailed()
}

/** No destination is left; the `failure` of each has the reason. */
export class AllStoresFailed extends Error {}

function firstFailure(destinations: readonly Destination[]): Error {
  return destinations.find(({ failure }) => failure)?.failure ?? new AllStoresFailed()
}

/** Buffers of finished streams, for reuse: with thousands of small payloads, allocation would be most of the work. */
const spare: Buffer[] = []
const spareAtMost = 8

/**
 * Collects small chunks in one buffer, which is reused. The caller must be done with each batch, also the last, before
 * it requests the next.
 */
async function* batches(source: Readable): AsyncGenerator<Uint8Array> {
  const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(batchBytes)
  let filled = 0
  for await (const chunk of source) {
    const bytes = chunk as Uint8Array
    for (let at = 0; at < bytes.length; ) {
      const taken = Math.min(bytes.length - at, batchBytes - filled)
      buffer.set(bytes.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled < batchBytes) continue
      yield buffer
      filled = 0
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled)
  if (spare.length < spareAtMost) spare.push(buffer)
}
