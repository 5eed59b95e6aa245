// One stream carried to every store at the same time: compressed, counted, digested, each byte once.
import type { Readable } from 'node:stream'
import { asFailure, type Failure } from '../domain/failures/failure.ts'
import type { Store, StoreWriter, Written } from '../ports/common.ts'
import { PrefixDigest, type StoredDigest } from './prefix-digest.ts'
import { youngGarbage } from './young-garbage.ts'
import { compress, type Filtered } from './zstd/zstd.ts'

/** A store that takes part in a run, until it fails. */
export interface Destination {
  readonly store: Store
  /** Set once the store failed: it gets nothing more, the others go on. */
  failure?: Failure
  /** Set once its manifest is written: the backup exists there. */
  completed?: boolean
  /** Set while its manifest is sent, and if there was no answer: the store may complete the backup later. */
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

/** The digests are those of what is stored. */
interface StoredResult extends StoredDigest {
  /** Before compression. */
  readonly contentBytes: number
  /** Per destination that still stands. */
  readonly written: ReadonlyMap<Destination, Written>
}

const batchBytes = 1 << 20
/** What a stream leaves behind, however short it is. */
const perStream = 1 << 17

/**
 * Carries a stream to all destinations. Throws if the source fails, if it is interrupted, or when no destination is
 * left; then nothing is visible under the key. A destination that fails alone is marked and aborted.
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

/** No destination is left; each tells why in its own `failure`. */
export class AllStoresFailed extends Error {}

function firstFailure(destinations: readonly Destination[]): Error {
  return destinations.find(({ failure }) => failure)?.failure ?? new AllStoresFailed()
}

/**
 * Buffers of carriers that are done, for the next ones: with thousands of small payloads, making them would be most of
 * the work.
 */
const spare: Buffer[] = []
const spareAtMost = 8

/**
 * Small chunks gathered in one buffer, used again and again: whoever takes a batch is done with it before the next, and
 * with the last before asking whether there is one more.
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
