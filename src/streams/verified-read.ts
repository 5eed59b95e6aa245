// Reads stored files as streams of verified bytes: the only way from a store to code that interprets a payload.
import { Readable } from 'node:stream'
import { chunkBytes } from '../domain/backups/chunks.ts'
import { Failure } from '../domain/failures/failure.ts'
import type { Store } from '../ports/common.ts'
import { PrefixDigest, type StoredDigest } from './prefix-digest.ts'
import { youngGarbage } from './young-garbage.ts'

export const damagedHint =
  'Do not restore this copy. Use the copy in another store (`resguardo upload --from THAT --to THIS` repairs this one) or an older backup.'

/**
 * Opens a stored file. Buffers each chunk (at most 16 MiB) until its digest matches the manifest, and the last chunk
 * until the file has ended. The stream errors with `store/object-damaged`, naming file and chunk, also if the file is
 * too short or too long. Throws `store/object-missing`.
 */
export async function openVerified(
  store: Store,
  key: string,
  expected: StoredDigest,
  signal: AbortSignal,
): Promise<Readable> {
  const verifier = new Verifier(key, store.address, expected)
  const stored = await openStored(store, key, signal)
  return Readable.from(verified(stored, verifier), { objectMode: false, highWaterMark: 1 << 18 })
}

/**
 * Reads a stored file to its end and verifies it, without buffering chunks. Calls `onProgress` with the bytes read so
 * far. Throws `store/object-damaged` and `store/object-missing`.
 */
export async function readBack(
  store: Store,
  key: string,
  expected: StoredDigest,
  signal: AbortSignal,
  onProgress: (bytes: number) => void = () => {},
): Promise<void> {
  const verifier = new Verifier(key, store.address, expected)
  const collect = youngGarbage()
  let bytes = 0
  for await (const piece of await openStored(store, key, signal)) {
    for (const part of verifier.parts(piece as Uint8Array)) verifier.take(part)
    bytes += (piece as Uint8Array).length
    onProgress(bytes)
    collect((piece as Uint8Array).length)
  }
  signal.throwIfAborted()
  verifier.end()
}

async function openStored(store: Store, key: string, signal: AbortSignal): Promise<Readable> {
  const stored = await store.readUnverified(key, { signal })
  if (stored) return stored
  throw new Failure('store/object-missing', `${key} is missing in ${store.address}`, { hint: damagedHint })
}

async function* verified(stored: Readable, verifier: Verifier): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  for await (const piece of stored) {
    for (const part of verifier.parts(piece as Uint8Array)) {
      held.push(part)
      if (!verifier.take(part)) continue
      yield* held
      held = []
    }
  }
  verifier.end()
  yield* held
}

class Verifier {
  readonly #key: string
  readonly #where: string
  readonly #expected: StoredDigest
  readonly #digest = new PrefixDigest()

  constructor(key: string, where: string, expected: StoredDigest) {
    this.#key = key
    this.#where = where
    this.#expected = expected
  }

  /** Splits a piece at the ends of chunks. */
  *parts(piece: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < piece.length; ) {
      const length = Math.min(piece.length - at, chunkBytes - (this.#digest.bytes % chunkBytes))
      yield piece.subarray(at, at + length)
      at += length
    }
  }

  /**
   * True at the end of a verified chunk, except the last. Throws if a chunk differs from the manifest, or for too many
   * bytes.
   */
  take(part: Uint8Array): boolean {
    const digest = this.#digest
    const { bytes, prefixes = [] } = this.#expected
    digest.update(part)
    if (digest.bytes > bytes) throw this.#damaged(`has more than ${bytes} bytes`)
    if (digest.bytes % chunkBytes !== 0 || digest.bytes === bytes) return false
    const chunk = digest.bytes / chunkBytes
    this.#require(digest.soFar(), prefixes[chunk - 1], chunk)
    return true
  }

  /** Throws if the length or the SHA-256 of the file differ from the manifest. */
  end(): void {
    const { bytes, sha256 } = this.#digest.finish()
    if (bytes !== this.#expected.bytes) throw this.#damaged(`has ${bytes} bytes, not ${this.#expected.bytes}`)
    this.#require(sha256, this.#expected.sha256, Math.ceil(bytes / chunkBytes))
  }

  #require(actual: string, expected: string | undefined, chunk: number): void {
    if (actual === expected) return
    const chunks = Math.ceil(this.#expected.bytes / chunkBytes)
    const place = chunks > 1 ? ` in chunk ${chunk} of ${chunks}` : ''
    throw this.#damaged(`is damaged${place}: its SHA-256 is ${actual}, not ${expected}`)
  }

  #damaged(what: string): Failure {
    return new Failure('store/object-damaged', `${this.#key} in ${this.#where} ${what}`, { hint: damagedHint })
  }
}
